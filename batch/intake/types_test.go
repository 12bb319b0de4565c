package intake

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
)

func i32(v int32) parquet.Value   { return parquet.Int32Value(v) }
func i64(v int64) parquet.Value   { return parquet.Int64Value(v) }
func f64(v float64) parquet.Value { return parquet.DoubleValue(v) }
func f32(v float32) parquet.Value { return parquet.FloatValue(v) }

func fixed(b []byte) parquet.Value { return parquet.FixedLenByteArrayValue(b) }

func julian(year int, month time.Month, day, hour int) parquet.Value {
	t := time.Date(year, month, day, hour, 0, 0, 0, time.UTC)
	days := floorDiv(t.Unix(), daySeconds)
	nanos := uint64(t.Unix()-days*daySeconds) * 1e9
	return parquet.Int96Value(deprecated.Int96{uint32(nanos), uint32(nanos >> 32), uint32(days + julianEpoch)})
}

// nanosOf is a day and nanoseconds counted from its start.
func nanosOf(year int, month time.Month, day int, nanos int64) parquet.Value {
	days := at(year, month, day, 0).Unix() / daySeconds
	return parquet.Int96Value(deprecated.Int96{uint32(nanos), uint32(nanos >> 32), uint32(days + julianEpoch)})
}

func at(year int, month time.Month, day, hour int) time.Time {
	return time.Date(year, month, day, hour, 0, 0, 0, time.UTC)
}

// Every type that the contract allows, and what becomes of values at its
// edges: a cell, or a reason code.
func TestTypes(t *testing.T) {
	null := parquet.NullValue()
	opt := parquet.Optional
	decimalOf := parquet.Decimal
	int32Leaf, int64Leaf := parquet.Leaf(parquet.Int32Type), parquet.Leaf(parquet.Int64Type)
	float, double := parquet.Leaf(parquet.FloatType), parquet.Leaf(parquet.DoubleType)
	floats, minor := Options{Scale: 2, AllowFloatMoney: true}, Options{Scale: 2, MinorUnits: true}
	zoned := Options{Scale: 2, Location: shanghai(t)}
	wide := new([21]byte)
	wide[20] = 100
	for _, c := range []struct {
		name, column string
		options      Options
		node         parquet.Node
		values       []parquet.Value
		want         string
	}{
		{"decimal 18,2", "amount", Options{Scale: 2}, decimalOf(2, 18, parquet.Int64Type),
			[]parquet.Value{i64(1), i64(-250), i64(1e15), i64(1e15 + 1), i64(-1e15 - 1), i64(math.MinInt64)},
			"0.01 -2.50 10000000000000.00 amount_overflow amount_overflow amount_overflow"},
		{"decimal 9,0", "amount", Options{Scale: 2}, decimalOf(0, 9, parquet.Int32Type), []parquet.Value{i32(7), i32(-7)}, "7.00 -7.00"},
		{"decimal with more digits", "amount", Options{Scale: 2}, decimalOf(4, 18, parquet.Int64Type),
			[]parquet.Value{i64(12300), i64(12345), i64(-12300), i64(math.MinInt64)}, "1.23 amount_precision -1.23 amount_precision"},
		{"all digits behind the point", "amount", Options{Scale: 2}, decimalOf(38, 38, parquet.FixedLenByteArrayType(16)),
			[]parquet.Value{fixed(unscaled(0, 0, 16)), fixed(unscaled(1, 0, 16)), fixed(unscaled(1, 38, 16))}, "0.00 amount_precision 1.00"},
		{"fixed 16", "amount", Options{Scale: 2}, decimalOf(18, 38, parquet.FixedLenByteArrayType(16)),
			[]parquet.Value{fixed(unscaled(12345, 16, 16)), fixed(unscaled(-12345, 16, 16)), fixed(unscaled(12345, 15, 16)), fixed(unscaled(1e15+1, 16, 16))},
			"123.45 -123.45 amount_precision amount_overflow"},
		{"fixed 5", "amount", Options{Scale: 2}, decimalOf(2, 10, parquet.FixedLenByteArrayType(5)),
			[]parquet.Value{fixed([]byte{0, 0, 0, 1, 0}), fixed([]byte{255, 255, 255, 255, 255})}, "2.56 -0.01"},
		{"fixed 21", "amount", Options{Scale: 2}, decimalOf(2, 38, parquet.FixedLenByteArrayType(21)),
			[]parquet.Value{fixed(wide[:]), fixed(unscaled(1, 40, 21)), fixed(unscaled(-3, 0, 21))}, "1.00 amount_overflow -0.03"},
		{"bytes", "amount", Options{Scale: 2}, decimalOf(3, 20, parquet.ByteArrayType),
			[]parquet.Value{text("\x0a"), text("\xff\xf6"), text(""), text("\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x14")},
			"0.01 -0.01 missing_value 0.02"},
		{"null where one is needed", "amount", Options{Scale: 2}, opt(decimalOf(2, 18, parquet.Int64Type)), []parquet.Value{null, i64(1)}, "missing_value 0.01"},
		{"double money", "amount", floats, double,
			[]parquet.Value{f64(0.1), f64(0.1 + 0.2), f64(-12.34), f64(1.005), f64(math.NaN()), f64(math.Inf(1)), f64(1e14), f64(1e13), f64(2.0000004), f64(1e-300), f64(0.9999999)},
			"0.10 0.30 -12.34 amount_precision missing_value amount_overflow amount_overflow 10000000000000.00 2.00 0.00 1.00"},
		{"double money of a dictionary", "amount", floats, opt(parquet.Encoded(double, &parquet.RLEDictionary)),
			[]parquet.Value{f64(0.1), f64(math.NaN()), null, f64(0.1), f64(math.Inf(-1)), f64(math.NaN())},
			"0.10 missing_value missing_value 0.10 amount_overflow missing_value"},
		{"optional score that is no number", "opening_score", Options{Scale: 2}, double, []parquet.Value{f64(math.NaN()), f64(600), f64(math.Inf(1))},
			" 600 amount_precision"},
		{"optional fee that is no number", "fee_per_installment", floats, parquet.Encoded(float, &parquet.RLEDictionary), []parquet.Value{f32(1.5), f32(float32(math.NaN()))}, "1.50 "},
		{"optional rate that is no number", "annual_rate@adjustments", Options{Scale: 2}, opt(double), []parquet.Value{f64(math.NaN()), null, f64(0.1)}, "  0.100000000"},
		{"float money", "amount", floats, float, []parquet.Value{f32(0.1), f32(-19.99), f32(0.125)}, "0.10 -19.99 amount_precision"},
		{"minor units", "amount", minor, int64Leaf, []parquet.Value{i64(123), i64(-1), i64(1e15 + 1)}, "1.23 -0.01 amount_overflow"},
		{"minor units of 32 bits", "amount", minor, parquet.Int(32), []parquet.Value{i32(123)}, "1.23"},
		{"unsigned minor units", "amount", minor, parquet.Uint(64), []parquet.Value{i64(5), i64(-5)}, "0.05 amount_overflow"},
		{"unsigned minor units of 32 bits", "amount", minor, parquet.Uint(32), []parquet.Value{i32(-1)}, "42949672.95"},
		{"date", "value_date", zoned, parquet.Date(), []parquet.Value{i32(0), i32(-25567), i32(-25568), i32(2932896), i32(2932897), i32(math.MinInt32)},
			"1970-01-01 1900-01-01 date_out_of_range 9999-12-31 date_out_of_range date_out_of_range"},
		{"instant in ms", "value_date", zoned, parquet.Timestamp(parquet.Millisecond),
			[]parquet.Value{i64(at(2026, 11, 22, 16).UnixMilli()), i64(at(2026, 11, 22, 16).UnixMilli() - 1), i64(-1), i64(math.MinInt64), i64(math.MaxInt64)},
			"2026-11-23 2026-11-22 1970-01-01 date_out_of_range date_out_of_range"},
		{"instant in us", "value_date", zoned, parquet.Timestamp(parquet.Microsecond), []parquet.Value{i64(at(2026, 11, 22, 16).UnixMicro())}, "2026-11-23"},
		{"instant in ns", "value_date", zoned, parquet.Timestamp(parquet.Nanosecond), []parquet.Value{i64(at(2026, 11, 22, 16).UnixNano())}, "2026-11-23"},
		{"local ms", "value_date", zoned, parquet.TimestampAdjusted(parquet.Millisecond, false), []parquet.Value{i64(at(2026, 11, 22, 23).UnixMilli())}, "2026-11-22"},
		{"int96", "value_date", zoned, parquet.Leaf(parquet.Int96Type), []parquet.Value{julian(2026, 11, 22, 16), julian(2026, 11, 22, 15), julian(1950, 2, 28, 3)},
			"2026-11-23 2026-11-22 1950-02-28"},
		{"int96 of a dictionary", "value_date", zoned, opt(parquet.Encoded(parquet.Leaf(parquet.Int96Type), &parquet.RLEDictionary)),
			[]parquet.Value{julian(2026, 11, 22, 16), null, julian(2026, 11, 22, 15), julian(2026, 11, 22, 16)}, "2026-11-23 missing_value 2026-11-22 2026-11-23"},
		{"int96 whose nanoseconds are negative or more than a day", "value_date", zoned, parquet.Leaf(parquet.Int96Type),
			[]parquet.Value{nanosOf(2026, 11, 23, -1), nanosOf(2026, 11, 23, -8*3600e9), nanosOf(2026, 11, 23, -8*3600e9-1), nanosOf(2026, 11, 22, 40*3600e9), nanosOf(1970, 1, 1, math.MinInt64), nanosOf(12000, 1, 1, 0)},
			"2026-11-23 2026-11-23 2026-11-22 2026-11-24 date_out_of_range date_out_of_range"},
		{"at int96 before its day", "at", zoned, parquet.Leaf(parquet.Int96Type), []parquet.Value{nanosOf(1970, 1, 1, -1500), nanosOf(1970, 1, 2, 1999)}, "-2 86400000001"},
		{"at us", "at", zoned, parquet.Timestamp(parquet.Microsecond), []parquet.Value{i64(1700000000123456), i64(math.MaxInt64)}, "1700000000123456 date_out_of_range"},
		{"at ns", "at", zoned, parquet.Timestamp(parquet.Nanosecond), []parquet.Value{i64(-1)}, "-1"},
		{"at int96", "at", zoned, parquet.Leaf(parquet.Int96Type), []parquet.Value{julian(1970, 1, 2, 1)}, "90000000000"},
		{"at text", "at", zoned, parquet.String(),
			[]parquet.Value{text("1970-01-01T08:00:01+08:00"), text("1970-01-01T00:00:00.5Z"), text("1970-01-01 00:00:02-00:00"), text("1970-01-01t00:00:03z"),
				text("1970-01-01T00:00:02"), text("1970-01-01T00:00:02+0800"), text("yesterday"), text("1800-01-01T00:00:00Z"), text("9999-12-31T23:59:59.999999Z"), text("")},
			"1000000 500000 2000000 3000000 date_out_of_range date_out_of_range date_out_of_range date_out_of_range 253402300799999999 missing_value"},
		{"at local", "at", zoned, parquet.TimestampAdjusted(parquet.Microsecond, false), []parquet.Value{i64(8*3600e6 + 5), i64(0), i64(math.MinInt64)},
			"5 -28800000000 date_out_of_range"},
		{"at local ms", "at", zoned, parquet.TimestampAdjusted(parquet.Millisecond, false), []parquet.Value{i64(8*3600e3 + 1)}, "1000"},
		{"hours", "contact_from@borrowers", zoned, opt(parquet.String()),
			[]parquet.Value{text("09:30"), null, text(""), text("00:00"), text("23:59"), text("24:00"), text("9:30"), text("09:60"), text("09-30"), text("09:30:00"), text("0a:00"), text("\xff\xff:00")},
			"570   0 1439 bad_hours bad_hours bad_hours bad_hours bad_hours bad_hours bad_hours"},
		{"hours of a dictionary", "contact_until@borrowers", zoned, opt(parquet.Encoded(parquet.String(), &parquet.RLEDictionary)),
			[]parquet.Value{text("21:00"), text(""), null, text("21:00"), text("noon")}, "1260   1260 bad_hours"},
		{"currency of a promise", "currency@contacts", zoned, opt(parquet.String()), []parquet.Value{text("CNY"), null}, "CNY "},
		{"rate decimal", "annual_rate", Options{Scale: 2}, decimalOf(18, 38, parquet.FixedLenByteArrayType(16)),
			[]parquet.Value{fixed(unscaled(24, 16, 16)), fixed(unscaled(2400000005, 8, 16)), fixed(unscaled(24000000015, 7, 16)), fixed(unscaled(-1, 18, 16)), fixed(unscaled(1, 38, 21)[5:])},
			"0.240000000 0.240000000 0.240000000 -1.000000000 rate_out_of_range"},
		{"rate double", "annual_rate", Options{Scale: 2}, double, []parquet.Value{f64(0.24), f64(0.1 + 0.2), f64(12), f64(math.NaN()), f64(1e9)},
			"0.240000000 0.300000000 12.000000000 missing_value rate_out_of_range"},
		{"rate float", "annual_rate", Options{Scale: 2}, float, []parquet.Value{f32(0.24), f32(-0.5)}, "0.240000000 -0.500000000"},
		{"count int8", "installments", Options{Scale: 2}, parquet.Int(8), []parquet.Value{i32(12)}, "12"},
		{"count uint16", "installments", Options{Scale: 2}, parquet.Uint(16), []parquet.Value{i32(12)}, "12"},
		{"count uint64", "installments", Options{Scale: 2}, parquet.Uint(64), []parquet.Value{i64(12), i64(-1)}, "12 installments_out_of_range"},
		{"count plain", "installments", Options{Scale: 2}, int32Leaf, []parquet.Value{i32(-3)}, "-3"},
		{"count decimal", "installments", Options{Scale: 2}, decimalOf(1, 9, parquet.Int32Type), []parquet.Value{i32(120), i32(125)}, "12 installments_out_of_range"},
		{"count wide decimal", "installments", Options{Scale: 2}, decimalOf(18, 38, parquet.FixedLenByteArrayType(16)), []parquet.Value{fixed(unscaled(12, 18, 16)), fixed(unscaled(12, 17, 16))}, "12 installments_out_of_range"},
		{"count double", "installments", Options{Scale: 2}, double, []parquet.Value{f64(12), f64(12.5), f64(math.NaN()), f64(math.Inf(-1))}, "12 installments_out_of_range missing_value installments_out_of_range"},
		{"text", "loan_id", Options{Scale: 2}, parquet.Leaf(parquet.ByteArrayType),
			[]parquet.Value{text("L1"), text(""), text(strings.Repeat("x", 64)), text(strings.Repeat("x", 65)), text("贷款"), text("a\xff"), text("aaaaaaaa\xc3(")},
			"L1 missing_value " + strings.Repeat("x", 64) + " text_too_long 贷款 not_utf8 not_utf8"},
		{"enum", "currency", Options{Scale: 2}, parquet.Enum(), []parquet.Value{text("CNY")}, "CNY"},
		{"json", "reference", Options{Scale: 2}, parquet.JSON(), []parquet.Value{text(`{}`), text(strings.Repeat("x", 1025))}, "{} text_too_long"},
		{"fixed text", "currency", Options{Scale: 2}, parquet.Leaf(parquet.FixedLenByteArrayType(3)), []parquet.Value{fixed([]byte("CNY"))}, "CNY"},
		{"dictionary with faults", "loan_id", Options{Scale: 2}, opt(parquet.Encoded(parquet.String(), &parquet.RLEDictionary)),
			[]parquet.Value{text("L1"), null, text("\xff"), text("L1"), text("")}, "L1 missing_value not_utf8 L1 missing_value"},
		{"optional text", "channel", Options{Scale: 2}, opt(parquet.Encoded(parquet.String(), &parquet.RLEDictionary)), []parquet.Value{null, text("app"), text("")}, " app "},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := Repayments
			name, kind, given := strings.Cut(c.column, "@")
			if given {
				k, _ = ParseKind(kind)
			} else if i := slices.IndexFunc([]Kind{Repayments, Loans, Contacts}, func(k Kind) bool { return slices.Contains(k.Columns(), name) }); i >= 0 {
				k = []Kind{Repayments, Loans, Contacts}[i]
			}
			cols := base(k)
			cols[name] = col{c.node, func(i int) parquet.Value { return c.values[i] }}
			f, err := memoryFile(encode(t, len(c.values), cols), k, c.options)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(columnOf(t, f, name), " "); got != c.want {
				t.Errorf("%v\ngot  %s\nwant %s", c.values, got, c.want)
			}
		})
	}
}

// A local time is the first instant at which the clocks show it; where they skip
// it, that of clocks which go on.
func TestInstantsOfLocalTimes(t *testing.T) {
	for _, name := range []string{"Asia/Shanghai", "Europe/London", "America/Sao_Paulo", "Pacific/Apia", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"} {
		l, err := time.LoadLocation(name)
		if err != nil {
			t.Skip(err)
		}
		shows := func(second int64) int64 {
			_, offset := time.Unix(second, 0).In(l).Zone()
			return second + int64(offset)
		}
		z := zone{location: l}
		skipped := 0
		for local := int64(900_000_000); local < 1_750_000_000; local += 1200 { // 1998 to 2025
			got := z.instantOf(local)
			want, ok := int64(0), false
			for off := int64(14 * 3600); off >= -12*3600; off -= 900 { // from the earliest instant on
				if shows(local-off) == local {
					want, ok = local-off, true
					break
				}
			}
			if !ok { // as far after the change as the clocks would have gone
				skipped++
				_, before := time.Unix(local-2*daySeconds, 0).In(l).Zone()
				want = local - int64(before)
			}
			if got != want {
				t.Fatalf("%s: local second %d is %d, want %d", name, local, got, want)
			}
		}
		if changes := name != "UTC" && name != "Asia/Shanghai"; changes != (skipped > 0) {
			t.Errorf("%s: %d local times are skipped", name, skipped)
		}
	}
	l, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Skip(err)
	}
	london := zone{location: l}
	at := func(s string) int64 {
		d, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return d.Unix()
	}
	for local, want := range map[string]string{
		"2026-03-29T01:30:00Z": "2026-03-29T01:30:00Z", // skipped: 02:30 summer time
		"2026-10-25T01:30:00Z": "2026-10-25T00:30:00Z", // repeated: the first
		"2026-10-25T02:00:00Z": "2026-10-25T02:00:00Z",
		"2026-07-01T12:00:00Z": "2026-07-01T11:00:00Z",
	} {
		if got := london.instantOf(at(local)); got != at(want) {
			t.Errorf("%s is %d, want %s", local, got, want)
		}
	}
}

// The offsets of a zone are those of the standard library, whatever order the
// instants come in.
func TestDatesFollowTheZone(t *testing.T) {
	for _, name := range []string{"Asia/Shanghai", "Europe/London", "America/Sao_Paulo", "Pacific/Apia", "UTC"} {
		l, err := time.LoadLocation(name)
		if err != nil {
			t.Skip(err)
		}
		z := zone{location: l}
		for i := range int64(20_000) {
			second := (i*7919*104729)%(20000*daySeconds) + 3*i
			got, _ := z.dateAt(second, false)
			y, m, d := time.Unix(second, 0).In(l).Date()
			if want := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / daySeconds; got != want {
				t.Fatalf("%s: second %d is day %d, want %d", name, second, got, want)
			}
		}
	}
}

func TestMinorUnitsAreMarked(t *testing.T) {
	cols := base(Repayments)
	cols["amount"] = col{parquet.Leaf(parquet.Int64Type), always(i64(5))}
	f, err := memoryFile(encode(t, 1, cols), Repayments, Options{Scale: 2, MinorUnits: true})
	if err != nil {
		t.Fatal(err)
	}
	var r Reader
	err = r.ReadGroup(f, 0, func(rows *Rows) error {
		if c := rows.Columns[RepaymentsAmount]; !c.Minor || c.Int[0] != 5 {
			t.Errorf("got %d, minor %v", c.Int[0], c.Minor)
		}
		if c := rows.Columns[RepaymentsChannel]; c.Present || !c.IsNull(0) || len(c.Text(0)) > 0 {
			t.Error("an absent column has values")
		}
		return fmt.Errorf("enough")
	})
	if err == nil || err.Error() != "enough" {
		t.Errorf("the error of the function became %v", err)
	}
}
