package policy

import (
	"encoding/json"
	"reflect"

	"daybook/batch/intake"
	"daybook/ledger/civil"
)

// A schema is a node of a JSON Schema.
type schema map[string]any

// Schema returns the JSON Schema (draft 2020-12) of a policy file, for editors.
// It knows each key, its words, limits and built-in default; what depends on
// other keys, only [Parse] checks.
func Schema() ([]byte, error) {
	doc, err := defaults()
	if err != nil {
		return nil, err
	}
	root := schemaOf(reflect.ValueOf(doc).Elem(), "")
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "Daybook policy"
	root["$defs"] = schema{"condition": structSchema(reflect.ValueOf(packCondition{}))}
	text, err := json.MarshalIndent(root, "", "  ")
	return append(text, '\n'), err
}

// schemaOf describes a value, which is the default where it is valid.
func schemaOf(v reflect.Value, tag reflect.StructTag) schema {
	s := schemaByType(v, tag)
	if doc := tag.Get("doc"); doc != "" {
		s["description"] = doc
	}
	return s
}

func schemaByType(v reflect.Value, tag reflect.StructTag) schema {
	switch v.Type() {
	case reflect.TypeFor[packSection]():
		return schema{"anyOf": []schema{{"type": "string", "minLength": 1}, structSchema(v)}}
	case reflect.TypeFor[*packCondition](), reflect.TypeFor[packCondition]():
		return schema{"$ref": "#/$defs/condition"}
	case reflect.TypeFor[*contagionSection]():
		return schema{"anyOf": []schema{{"const": "none"}, structSchema(reflect.New(v.Type().Elem()).Elem())}}
	case reflect.TypeFor[amounts]():
		number := ranged(schema{"type": []string{"number", "string"}, "pattern": decimalPattern.String()}, tag)
		return schema{"anyOf": []schema{number, {"type": "object", "additionalProperties": number}}}
	case reflect.TypeFor[decimal]():
		s := ranged(schema{"type": []string{"number", "string"}, "pattern": decimalPattern.String()}, tag)
		return withDefault(s, v, json.Number(v.String()))
	case reflect.TypeFor[civil.Date]():
		return schema{"type": "string", "format": "date"}
	case reflect.TypeFor[planRate]():
		return schema{"anyOf": []schema{{"const": contractRate}, {"type": []string{"number", "string"}, "pattern": decimalPattern.String(), "minimum": 0, "maximum": 10}}}
	case reflect.TypeFor[columns]():
		return columnsSchema()
	case reflect.TypeFor[pointList]():
		item := ranged(schema{"type": "integer"}, tag)
		return schema{"anyOf": []schema{item, {"type": "array", "items": item, "minItems": 1}}}
	case reflect.TypeFor[applies]():
		return schema{
			"type": "object", "propertyNames": schema{"enum": listOf(tag.Get("keys"))},
			"additionalProperties": schemaByType(reflect.ValueOf(words{}), ""),
		}
	case reflect.TypeFor[words]():
		item := wordSchema(tag)
		return schema{"anyOf": []schema{item, {"type": "array", "items": item, "minItems": 1}}}
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			fresh := reflect.New(v.Type().Elem()).Elem()
			setDefaults(fresh)
			return schemaByType(fresh, tag)
		}
		return schemaByType(v.Elem(), tag)
	case reflect.Struct:
		return structSchema(v)
	case reflect.Map:
		return mapSchema(v, tag)
	case reflect.Slice:
		item := reflect.New(v.Type().Elem()).Elem()
		setDefaults(item)
		least := 1
		if tag.Get("none") == "true" {
			least = 0
		}
		return schema{"type": "array", "minItems": least, "maxItems": listMax, "items": schemaByType(item, tag)}
	case reflect.Int32:
		return withDefault(ranged(schema{"type": "integer"}, tag), v, v.Int())
	case reflect.Bool:
		return schema{"type": "boolean"}
	}
	return withDefault(wordSchema(tag), v, v.String())
}

// structSchema describes a section; every key that it does not have is refused.
func structSchema(v reflect.Value) schema {
	properties, required := schema{}, []string{}
	for _, f := range fieldsOf(v) {
		properties[f.key] = schemaOf(f.value, f.tag)
		if f.tag.Get("required") == "true" {
			required = append(required, f.key)
		}
	}
	s := schema{"type": "object", "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

func mapSchema(v reflect.Value, tag reflect.StructTag) schema {
	list := listOf(tag.Get("keys"))
	if list == nil {
		return schema{
			"type": "object", "propertyNames": schema{"minLength": 1, "maxLength": wordMax},
			"additionalProperties": schemaByType(reflect.New(v.Type().Elem()).Elem(), tag),
		}
	}
	properties := schema{}
	for _, key := range list {
		x := v.MapIndex(reflect.ValueOf(key))
		if !x.IsValid() { // the built-in policy has none of it
			x = reflect.New(v.Type().Elem()).Elem()
		}
		properties[key] = schemaByType(x, tag)
	}
	return schema{"type": "object", "additionalProperties": false, "properties": properties}
}

func columnsSchema() schema {
	kinds := schema{}
	for k := range intake.Kinds {
		properties := schema{}
		for _, column := range k.Columns() {
			properties[column] = wordSchema("")
		}
		kinds[k.String()] = schema{"type": "object", "additionalProperties": false, "properties": properties}
	}
	return schema{"type": "object", "additionalProperties": false, "properties": kinds}
}

// wordSchema describes text. The reader takes a number's text as well, so that
// an account's code needs no quotes.
func wordSchema(tag reflect.StructTag) schema {
	if list := listOf(tag.Get("enum")); list != nil {
		return schema{"enum": list}
	}
	if pattern := tag.Get("pattern"); pattern != "" {
		return schema{"type": "string", "pattern": pattern}
	}
	least := 1
	if tag.Get("empty") == "true" {
		least = 0
	}
	return schema{"type": []string{"string", "number"}, "minLength": least, "maxLength": wordLimit(tag)}
}

func ranged(s schema, tag reflect.StructTag) schema {
	if low := tag.Get("min"); low != "" {
		s["minimum"] = json.Number(low)
	}
	if high := tag.Get("max"); high != "" {
		s["maximum"] = json.Number(high)
	}
	return s
}

// withDefault adds a default where there is one: a zero says nothing.
func withDefault(s schema, v reflect.Value, value any) schema {
	if !v.IsZero() {
		s["default"] = value
	}
	return s
}
