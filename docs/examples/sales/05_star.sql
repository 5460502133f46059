-- Sales, step 5 of 6: the star schema, which is right from the first row on, in whatever order data comes.

\set ON_ERROR_STOP on
CREATE SCHEMA mart;
SELECT elt.create_date_dimension('mart.dim_date', '2024-01-01', calendar => 'DE');
SELECT elt.create_dimension('mart.dim_product', source => 'sales.products', natural_key => '{product_id}',
	attributes => '{product,category,list_price}', hierarchies => '{"range": ["product", "category"]}');
SELECT elt.create_dimension('mart.dim_customer', source => 'sales.customers', natural_key => '{customer_id}',
	attributes => '{customer,country,segment}');
SELECT elt.create_fact('mart.fact_sales', source => 'sales.sales', grain => '{order_no,line_no}', degenerate => '{channel}',
	dimensions => '{"dim_product": "product_id", "dim_customer": "customer_id"}', dates => '{"dim_date": "sold_at"}',
	measures => '{quantity,amount,discount}', units => '{"amount": "EUR", "discount": "EUR"}', day_zone => 'Europe/Berlin');
