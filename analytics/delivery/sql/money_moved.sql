-- What a successful call moved, US dollars, told from its answer; null where no rule of the tool says so.
create or replace temp macro money_moved(tool, answer) as (
    case
        when tool in (
            'modify_pending_order_address',
            'modify_user_address',
            'book_slot',
            'release_slot'
        ) then 0.0
        when not json_valid(answer) then null
        -- every entry is refunded by one of its own, after them
        when tool = 'cancel_pending_order'
            then (
                list_sum(
                    list_transform(
                        (answer -> '$.payment_history[*].amount')::double[],
                        lambda amount: abs(amount)
                    )
                ) / 2
            )
        -- the last entry; where an order is paid anew, the one before it is of the same amount
        when tool in (
            'modify_pending_order_items',
            'modify_pending_order_payment',
            'apply_discount'
        ) then abs((answer ->> '$.payment_history[#-1].amount')::double)
        when tool = 'exchange_delivered_order_items'
            then abs((answer ->> '$.exchange_price_difference')::double)
        when tool = 'return_delivered_order_items'
            then (
                list_sum(
                    list_transform(
                        answer ->> '$.return_items[*]',
                        lambda id: list_extract(
                            (answer -> '$.items[*].price')::double[],
                            list_position(answer ->> '$.items[*].item_id', id)
                        )
                    )
                )
            )
        when tool in ('charge_card', 'issue_gift_card')
            then (answer ->> '$.amount_cents')::double / 100
    end
)
