select session_id from sessions
where answered_seq < last_seq and lease_until_ns <= :now_ns
order by lease_until_ns
limit :limit
