{# All that differs between databases is here. #}

{# The first night that tests look at. #}
{% macro daybook_from() %}cast('{{ var("daybook_from", "1900-01-01") }}' as date){% endmacro %}

{# Names of columns between commas; those that SQL keeps for itself stand between the database's own quotes. #}
{% macro daybook_names(columns) -%}
{%- for column in columns -%}
{{ adapter.quote(column) if column in ["from", "to", "class", "values", "pass", "number", "text"] else column }}{{ ", " if not loop.last }}
{%- endfor -%}
{%- endmacro %}
