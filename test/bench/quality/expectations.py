"""The rules of checked_orders.py as expectations of Great Expectations, over the table that was loaded.

Prints the number of rows that each one refuses, as JSON.
"""
import json
import sys

import great_expectations as gx
import great_expectations.expectations as gxe

NAMES = {
    "id_positive": gxe.ExpectColumnValuesToBeBetween(column="order_id", min_value=0, strict_min=True),
    "ts_range": gxe.ExpectColumnValuesToBeBetween(column="ts", min_value="2000-01-01", max_value="2100-01-01"),
    "store_code": gxe.ExpectColumnValuesToMatchRegex(column="store", regex="^S[0-9]{4}$"),
    "customer_code": gxe.ExpectColumnValuesToMatchRegex(column="customer", regex="^C-[A-Z]{2}[0-9]{6}$"),
    "qty_range": gxe.ExpectColumnValuesToBeBetween(column="qty", min_value=1, max_value=1000),
    "price_range": gxe.ExpectColumnValuesToBeBetween(column="price", min_value=0, max_value=100000, strict_max=True),
    "currency_set": gxe.ExpectColumnValuesToBeInSet(column="currency", value_set=["EUR", "USD", "GBP", "CHF"]),
    "product_length": gxe.ExpectColumnValueLengthsToBeBetween(column="product", min_value=1, max_value=40),
    "channel_given": gxe.ExpectColumnValuesToNotBeNull(column="channel"),
    "one_order": gxe.ExpectColumnValuesToBeUnique(column="order_id"),
}

context = gx.get_context(mode="ephemeral")
context.variables.progress_bars = {"globally": False}
source = context.data_sources.add_sql("bench", connection_string=sys.argv[1])
batch = source.add_table_asset("orders", table_name="plain_target").add_batch_definition_whole_table("all").get_batch()
suite = gx.ExpectationSuite(name="rules", expectations=list(NAMES.values()))
result = batch.validate(suite, result_format="BASIC")
by_name = {}
for name, expectation in NAMES.items():
    for found in result.results:
        if found.expectation_config.type == expectation.expectation_type and found.expectation_config.kwargs["column"] == expectation.column:
            by_name[name] = found.result["unexpected_count"]
print(json.dumps(by_name))
