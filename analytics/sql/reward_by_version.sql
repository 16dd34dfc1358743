-- One row an agent version: conversations judged, rewards as computed and as the record has them.
with judgements as (
    select
        conversation_id,
        agent_version,
        json_extract_string(payload, '$."gen_ai.evaluation.name"') as judgement,
        cast(json_extract(payload, '$."gen_ai.evaluation.score.value"') as double) as score
    from silver.events
    where event_type = 'outcome_recorded'
),

rewards as (
    select
        conversation_id,
        agent_version,
        max(score) filter (where judgement = 'task_reward') as reward,
        max(score) filter (where judgement = 'recorded_reward') as recorded_reward
    from judgements
    group by all
)

select
    agent_version,
    count(*) filter (where reward is not null) as judged,
    count(*) filter (where reward = 1) as rewarded,
    count(*) filter (where recorded_reward is not null and reward is not null) as recorded,
    count(*) filter (where recorded_reward = 1 and reward is not null) as recorded_rewarded,
    count(*) filter (where recorded_reward <> reward) as different
from rewards
group by agent_version
order by agent_version
