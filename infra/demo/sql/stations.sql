-- What every station counted, over all partitions and hours.
select
    sum(acked) as acked,
    sum(bronze) as bronze,
    sum(silver) as silver,
    sum(duplicates) as duplicates,
    sum(dead_letters) as dead_letters,
    sum(lost) as lost,
    sum(doubled) as doubled,
    sum(offset_gaps) as offset_gaps
from ops.accounting
