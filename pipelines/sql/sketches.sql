-- Sketches: histograms whose buckets grow by 2 %, as a map of bucket to count (ADR 012).
-- With gamma = 1.01 / 0.99, bucket i holds the values from gamma^(i-1), exclusive, to gamma^i; its
-- value is within 1 % of each of them. What is not above 0 has a bucket of its own.
create or replace macro sketch_bucket(measured) as
case
    when measured > 0 then ceil(ln(measured) / ln(1.01 / 0.99))::integer
    when measured is not null then -2147483647
end;

create or replace macro sketch_value(bucket) as
case
    when bucket = -2147483647 then 0
    else 2 * pow(1.01 / 0.99, bucket) / (1 + 1.01 / 0.99)
end;

-- An aggregate: the sketch of a group's values, null where there are none.
create or replace macro sketch(measured) as
histogram(sketch_bucket(measured))::map(integer, bigint); -- noqa: LT01

-- Of a list of sketches the sketch of all their values: sketch_merge(list(response_ms_sketch)).
create or replace macro sketch_merge(sketches) as (
    select map(list(bucket order by bucket), list(counted order by bucket))
    from (
        select
            entry.key as bucket,
            sum(entry.value)::bigint as counted
        from (
            select unnest(flatten(list_transform(sketches, lambda one: map_entries(one)))) as entry
        ) as entries
        group by entry.key
    ) as merged
);

-- The value that a share of the values does not exceed, within 1 % of quantile_disc.
create or replace macro sketch_quantile(sketched, share) as (
    select sketch_value(min(bucket))
    from (
        select
            entry.key as bucket,
            sum(entry.value) over (order by entry.key) as reached,
            sum(entry.value) over () as counted
        from (select unnest(map_entries(sketched)) as entry) as entries
    ) as cumulated
    where reached >= share * counted
);
