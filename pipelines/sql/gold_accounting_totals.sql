select
    coalesce(sum(silver), 0)::bigint as silver,
    coalesce(sum(conversations), 0)::bigint as conversations,
    coalesce(sum(gold), 0)::bigint as gold,
    coalesce(sum(waiting), 0)::bigint as waiting,
    coalesce(sum(overdue), 0)::bigint as overdue,
    coalesce(sum(lost_before_conversations), 0)::bigint as lost_before_conversations,
    coalesce(sum(lost_before_gold), 0)::bigint as lost_before_gold,
    coalesce(sum(doubled), 0)::bigint as doubled
from ops.gold_accounting
