-- How long each hop took, over all hours, in the order of the way.
select
    hop,
    up_to_s,
    sum(events) as events
from gold.freshness_waterfall
group by hop, place, up_to_s
order by place, up_to_s
