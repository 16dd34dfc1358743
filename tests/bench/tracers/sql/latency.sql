select
    tenant_id,
    sketch_quantile(sketch_merge(list(response_ms_sketch)), 0.95) as response_ms_p95
from gold.agent_daily
where response_ms_sketch is not null
group by tenant_id
