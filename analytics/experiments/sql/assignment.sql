-- Who of asked_units is in which experiment and variant; asked_slices and asked_arms are the registry.
with

in_layers as (
    select
        asked_units.unit,
        asked_slices.experiment,
        asked_slices.variant_salt
    from asked_units
    cross join asked_slices
    where
        bucket(asked_slices.layer_salt, asked_units.unit) >= asked_slices.first_bucket
        and bucket(asked_slices.layer_salt, asked_units.unit) < asked_slices.stop_bucket
),

final as (
    select
        in_layers.unit,
        in_layers.experiment,
        asked_arms.variant
    from in_layers
    inner join asked_arms
        on
            in_layers.experiment = asked_arms.experiment
            and bucket(in_layers.variant_salt, in_layers.unit) >= asked_arms.first_bucket
            and bucket(in_layers.variant_salt, in_layers.unit) < asked_arms.stop_bucket
)

select * from final
