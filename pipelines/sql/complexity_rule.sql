-- How much a customer asks for, by their first message alone. Change the version with the rule: every row is
-- then computed anew.
--
-- The first message is all that is known before the agent does anything. Turns, tool calls, time or
-- tokens are none of it: a treatment changes them, and strata made of what it changed are compared as if
-- they were the same customers, which invents effects and hides others.
--
-- Version 1, of requests (questions and words that add one), numbers (of orders and the like, each once)
-- and characters:
-- 1. Two numbers, three requests or more than 400 characters are high.
-- 2. Else one request, one number and 160 characters at most are low.
-- 3. Else it is middle; null where the customer has said nothing.
create or replace temp macro complexity_rule() as 1;

create or replace temp macro requests_in(message) as (
    len(regexp_extract_all(
        lower(message),
        '\?|\b(also|additionally|another|as well|besides|and then|second|secondly)\b'
    ))
);

create or replace temp macro numbers_in(message) as (
    len(list_distinct(regexp_extract_all(message, '[0-9]{4,}')))
);

create or replace temp macro complexity_of(message) as (
    case
        when message is null
            then null
        when numbers_in(message) >= 2 or requests_in(message) >= 3 or length(message) > 400
            then 'high'
        when numbers_in(message) <= 1 and requests_in(message) <= 1 and length(message) <= 160
            then 'low'
        else 'middle'
    end
);
