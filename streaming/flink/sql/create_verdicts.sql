-- One verdict a record: null for a valid event, else the first check that failed.
-- The regular expressions are those of the contract's wire form (streaming/contract/cloudevents.py).
create temporary view verdicts as
select
    *,
    case
        when headers is null or cardinality(headers) = 0 then 'the record has no headers'
        when event_id is null then 'header ce_id is missing'
        when not regexp(event_id, '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$')
            then 'header ce_id is not a UUIDv7'
        when event_type is null then 'header ce_type is missing'
        when not regexp(event_type, '^[a-z][a-z0-9_]{0,63}$') then 'header ce_type is not an event type'
        when data_schema is null then 'header ce_dataschema is missing'
        when not regexp(data_schema, '^urn:turnstone:event:[a-z][a-z0-9_]{0,63}:[1-9][0-9]{0,5}$')
            then 'header ce_dataschema is not urn:turnstone:event:<type>:<version>'
        when split_index(data_schema, ':', 3) <> event_type
            then 'header ce_dataschema is of another type than ce_type'
        when ce_time is null then 'header ce_time is missing'
        when not regexp(
            ce_time,
            concat(
                '^(?:19[7-9]|20[0-9]|21[0-9]|22[0-5])[0-9]-',
                '(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])',
                '|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|[12][0-9]))',
                'T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{9}Z$'
            )
        ) then 'header ce_time is not a UTC time with nine decimals'
        -- The engine reads February 29 of a short year as the day before.
        when
            substring(ce_time, 6, 5) = '02-29'
            and coalesce(extract(day from try_cast(substring(ce_time, 1, 10) as date)), 0) <> 29
            then 'header ce_time is not a UTC time with nine decimals'
        when tenant_id is null then 'header ce_tenantid is missing'
        when not regexp(tenant_id, '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$') then 'header ce_tenantid is not a tenant id'
        when conversation_id is null then 'header ce_subject is missing'
        when char_length(conversation_id) not between 1 and 255 then 'header ce_subject is not a conversation id'
        when turn is null then 'header ce_turn is missing'
        when not regexp(turn, '^[0-9]{1,9}$') then 'header ce_turn is not a count'
        when agent_version is null then 'header ce_agentversion is missing'
        when char_length(agent_version) not between 1 and 255 then 'header ce_agentversion is not a version'
        when traceparent is null then 'header ce_traceparent is missing'
        when not regexp(traceparent, '^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$')
            then 'header ce_traceparent is not a W3C trace context'
        when experiments is not null and not (experiments is json object)
            then 'header ce_experiments is not a JSON object'
        when record_value is null then 'the record has no payload'
        when position(u&'\FFFD' in payload) > 0 and encode(payload, 'UTF-8') <> record_value
            then 'the payload is not UTF-8'
        -- Two wraps, because the engine's own check lets text after the object pass.
        when
            not regexp(payload, '^\s*\{')
            or not (concat('[', payload, ']') is json)
            or not (concat('{"payload":', payload, '}') is json)
            then 'the payload is not a JSON object'
    end as reason
from envelopes
