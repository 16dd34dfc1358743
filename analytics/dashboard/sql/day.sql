-- A tenant's day beside the days before it: a row a day, one for the day and one for all days
-- before it, and those two again for each agent version. Percentiles are of merged sketches.
with rows_of_days as (
    select
        *,
        day < getvariable('last_day') as is_before
    from gold.agent_daily
    where
        tenant_id = getvariable('tenant_id')
        and day between getvariable('first_day') and getvariable('last_day')
),

added as (
    select
        case
            when grouping(day) = 0 then 'day'
            when grouping(agent_version) = 0 then 'version'
            else 'whole'
        end as grain,
        day,
        agent_version,
        is_before,
        count(distinct day) as days,
        sum(conversations)::bigint as conversations,
        sum(conversations - still_open)::bigint as ended,
        sum(resolved)::bigint as resolved,
        sum(escalated)::bigint as escalated,
        sum(abandoned)::bigint as abandoned,
        sum(failed)::bigint as failed,
        sum(unknown_outcome)::bigint as unknown_outcome,
        sum(still_open)::bigint as still_open,
        sum(responses)::bigint as responses,
        sum(tool_calls)::bigint as tool_calls,
        sum(tool_errors)::bigint as tool_errors,
        sum(cost_usd) as cost_usd,
        sum(guarded)::bigint as guarded,
        sum(hallucination_judged)::bigint as hallucination_judged,
        sum(hallucinated)::bigint as hallucinated,
        list(response_ms_sketch) filter (response_ms_sketch is not null) as sketches,
        max(data_through) as data_through
    from rows_of_days
    group by grouping sets ((day, is_before), (is_before), (agent_version, is_before))
),

merged as (
    select
        *,
        sketch_merge(sketches) as response_ms
    from added
),

final as (
    select
        * exclude (sketches, response_ms),
        sketch_quantile(response_ms, 0.5) as response_ms_p50,
        sketch_quantile(response_ms, 0.95) as response_ms_p95,
        sketch_quantile(response_ms, 0.99) as response_ms_p99
    from merged
)

select * from final
order by grain asc, day asc, is_before asc, conversations desc, agent_version asc
