-- Cases and wrong ones of both versions in the spans asked for (asked_spans). A conversation counts in the
-- stage in which it began: those that the canary ends first are its short ones, so control's must be too.
with

spanned as (
    select
        asked_spans.trigger_name,
        asked_spans.span,
        asked_spans.stage,
        cases.is_canary,
        cases.is_bad,
        cases.duration_ms
    from asked_spans
    inner join cases
        on
            asked_spans.trigger_name = cases.trigger_name
            and asked_spans.began_from <= cases.started_at
            and asked_spans.began_before > cases.started_at
            and asked_spans.occurred_after < cases.occurred_at
    where cases.occurred_at <= getvariable('counted_through')
),

limits as (
    select
        trigger_name,
        span,
        stage,
        quantile_disc(duration_ms, getvariable('latency_quantile')) filter (not is_canary)
        + getvariable('latency_margin_ms') as slow_ms
    from spanned
    where duration_ms is not null
    group by trigger_name, span, stage
),

final as (
    select
        spanned.trigger_name,
        spanned.span,
        spanned.stage,
        count(*) filter (not spanned.is_canary) as control_n,
        count(*) filter (
            not spanned.is_canary and coalesce(spanned.is_bad, spanned.duration_ms > limits.slow_ms)
        ) as control_bad,
        count(*) filter (spanned.is_canary) as canary_n,
        count(*) filter (
            spanned.is_canary and coalesce(spanned.is_bad, spanned.duration_ms > limits.slow_ms)
        ) as canary_bad
    from spanned
    left join limits
        on
            spanned.trigger_name = limits.trigger_name
            and spanned.span = limits.span
            and spanned.stage = limits.stage
    group by spanned.trigger_name, spanned.span, spanned.stage
)

select * from final
order by trigger_name, span, stage
