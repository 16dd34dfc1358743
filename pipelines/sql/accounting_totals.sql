select
    coalesce(sum(acked), 0)::bigint as acked,
    coalesce(sum(bronze), 0)::bigint as bronze,
    coalesce(sum(silver), 0)::bigint as silver,
    coalesce(sum(duplicates), 0)::bigint as duplicates,
    coalesce(sum(dead_letters), 0)::bigint as dead_letters,
    coalesce(sum(unacked), 0)::bigint as unacked,
    coalesce(sum(lost_before_bronze), 0)::bigint as lost_before_bronze,
    coalesce(sum(lost_after_bronze), 0)::bigint as lost_after_bronze,
    coalesce(sum(lost), 0)::bigint as lost,
    coalesce(sum(doubled), 0)::bigint as doubled,
    coalesce(sum(offset_gaps), 0)::bigint as offset_gaps,
    coalesce(sum(in_flight), 0)::bigint as in_flight
from ops.accounting
