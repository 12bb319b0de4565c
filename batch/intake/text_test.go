package intake

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// Whatever a column is, its values can be shown.
func TestValues(t *testing.T) {
	cols := base(Repayments)
	for name, c := range map[string]struct {
		node parquet.Node
		v    parquet.Value
	}{
		"a_bool":   {parquet.Leaf(parquet.BooleanType), parquet.BooleanValue(true)},
		"a_bool2":  {parquet.Encoded(parquet.Leaf(parquet.BooleanType), &parquet.RLE), parquet.BooleanValue(true)},
		"a_bytes":  {parquet.Leaf(parquet.ByteArrayType), text("\xff\x00")},
		"a_day":    {parquet.Date(), i32(math.MinInt32)},
		"a_double": {parquet.Leaf(parquet.DoubleType), f64(0.1)},
		"a_float":  {parquet.Leaf(parquet.FloatType), f32(0.1)},
		"a_int96":  {parquet.Leaf(parquet.Int96Type), julian(2026, 11, 23, 7)},
		"a_local":  {parquet.TimestampAdjusted(parquet.Millisecond, false), i64(1500)},
		"a_long":   {parquet.String(), text(strings.Repeat("贷", 2000))},
		"a_null":   {parquet.Optional(parquet.String()), parquet.NullValue()},
		"a_quote":  {parquet.String(), text("a \"b\" \\ \n 贷")},
		"a_small":  {parquet.Decimal(5, 9, parquet.Int32Type), i32(-7)},
		"a_ts":     {parquet.Timestamp(parquet.Microsecond), i64(-1)},
		"a_uint":   {parquet.Uint(64), i64(-1)},
		"a_uint32": {parquet.Uint(32), i32(-1)},
		"a_wide":   {parquet.Decimal(18, 38, parquet.FixedLenByteArrayType(16)), fixed(unscaled(-12345, 16, 16))},
	} {
		cols[name] = col{c.node, always(c.v)}
	}
	cols["amount"] = col{parquet.Leaf(parquet.DoubleType), always(f64(1.005))}
	f, err := memoryFile(encode(t, 3, cols), Repayments, Options{Scale: 2, AllowFloatMoney: true})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"a_bool":"true","a_bool2":"true","a_bytes":"0xff00","a_day":"-5877641-06-23","a_double":"0.1","a_float":"0.1","a_int96":"2026-11-23T07:00:00Z",` +
		`"a_local":"1970-01-01T00:00:01.5","a_long":"` + strings.Repeat("贷", textMax/3) + `…","a_null":null,` +
		`"a_quote":"a \"b\" \\ \u000a 贷","a_small":"-0.00007","a_ts":"1969-12-31T23:59:59.999999Z","a_uint":"18446744073709551615",` +
		`"a_uint32":"4294967295","a_wide":"-123.450000000000000000","amount":"1.005","currency":"T00001","loan_id":"T00001",` +
		`"repayment_id":"T00001","value_date":"2024-10-05"}`
	err = f.Values([]int64{1}, func(row int64, object []byte) error {
		if row != 1 || string(object) != want || !json.Valid(object) {
			t.Errorf("row %d\ngot  %s\nwant %s", row, object, want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestValuesOfNestedColumns(t *testing.T) {
	f, err := memoryFile(nestedFile(t), Repayments, Options{Scale: 2})
	if err == nil {
		t.Fatal("a nested amount was accepted")
	}
	var got []string
	err = f.Values([]int64{0, 1, 2}, func(_ int64, object []byte) error {
		got = append(got, string(object))
		return nil
	})
	full := `{"repayment_id":"R1","loan_id.list.element":["L1","L2"],"value_date":"1970-01-01","amount.value":"0.00",` +
		`"currency":"CNY","tags.key_value.key":["a"],"tags.key_value.value":["b"],"region":""}`
	empty := `{"repayment_id":"R2","loan_id.list.element":[],"value_date":"1970-01-01","amount.value":"0.00",` +
		`"currency":"","tags.key_value.key":[],"tags.key_value.value":[],"region":""}`
	if want := []string{full, empty, full}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v\ngot  %s\nwant %s", err, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

// Any rows can be asked for, over pages and row groups.
func TestValuesOfAnyRows(t *testing.T) {
	cols := base(Repayments)
	cols["channel"] = col{parquet.Optional(parquet.Encoded(parquet.String(), &parquet.RLEDictionary)), func(i int) parquet.Value {
		if i%3 == 0 {
			return parquet.NullValue()
		}
		return text(fmt.Sprint(i % 11))
	}}
	f, err := memoryFile(encode(t, 10_000, cols, parquet.PageBufferSize(2<<10), parquet.MaxRowsPerRowGroup(3333)), Repayments, Options{Scale: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []int64{1, 7, 900, 3333, 9999} {
		var asked []int64
		for row := step - 1; row < f.Rows; row += step {
			asked = append(asked, row)
		}
		n := 0
		err := f.Values(asked, func(row int64, object []byte) error {
			channel := "null"
			if row%3 != 0 {
				channel = fmt.Sprintf("%q", fmt.Sprint(row%11))
			}
			want := fmt.Sprintf(`{"amount":"%d.%02d","channel":%s,"currency":"T%05d"`, (100+row)/100, (100+row)%100, channel, row)
			if row != asked[n] || !strings.HasPrefix(string(object), want) {
				t.Fatalf("row %d: got %s, want %s…", row, object, want)
			}
			n++
			return nil
		})
		if err != nil || n != len(asked) {
			t.Errorf("step %d: %d of %d rows, %v", step, n, len(asked), err)
		}
	}
	if err := f.Values([]int64{10_000}, nil); err == nil {
		t.Error("a row behind the end was found")
	}
}
