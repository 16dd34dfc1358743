delete from remembered_effects
where scope = :scope
