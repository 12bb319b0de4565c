package batch

import (
	"fmt"
	"strings"
	"testing"
)

// pmHandRow is a row of a tape by hand: "loan status bucket dpd total paid class provision",
// in CNY, with the pack in's columns.
func pmHandRow(t *testing.T, text string) pmRow {
	t.Helper()
	f := strings.Fields(text)
	if len(f) != 8 {
		t.Fatalf("not a row: %s", text)
	}
	return pmRow{
		"loan_id": f[0], "currency": "CNY", "status": f[1], "bucket": f[2], "days_past_due": f[3], "total_outstanding": f[4], "interest_suspended": "0.00",
		"principal_paid": f[5], "interest_paid": "0.00", "fees_paid": "0.00", "penalties_paid": "0.00", "principal": "1000.00", "disbursed_on": "2026-01-15",
		"charged_off": "0.00", "recovered": "0.00", "in_class": f[6], "in_rule": f[6], "in_provision": f[7],
	}
}

func pmHandTapes(t *testing.T) *pmTapes {
	x := &pmTapes{policy: &pmPolicy{packs: pmPacks(t, "in"), currencies: []string{"CNY", "USD"}}, b: pmYMD(2026, 6, 30), base: pmYMD(2026, 5, 31)}
	for _, row := range []string{
		"L1 active C 0 800.00 200.00 standard 3.20",
		"L2 active M3 70 900.00 100.00 sma_2 3.60",
		"L3 active M4 95 700.00 300.00 substandard 175.00",
		"L4 active M1 5 400.00 600.00 sma_0 1.60",
		"L5 charged_off M7 400 500.00 500.00 loss 0.00",
		"L7 active M4 100 300.00 700.00 substandard 75.00",
	} {
		x.then = append(x.then, pmHandRow(t, row))
	}
	for _, row := range []string{
		"L1 active C 0 700.00 300.00 standard 2.80",
		"L2 active M4 100 900.00 100.00 substandard 225.00",
		"L3 active M5 125 690.00 320.00 substandard 172.50", // 20.00 paid, 10.00 earned
		"L4 settled C 0 0.00 1000.00 standard 0.00",
		"L5 active M7 430 500.00 500.00 substandard 125.00", // the charge-off was reversed
		"L6 active C 0 1000.00 0.00 standard 4.00",          // new
		"L7 charged_off M5 130 300.00 700.00 substandard 0.00",
	} {
		x.now = append(x.now, pmHandRow(t, row))
	}
	return x
}

// TestPackTablesByHand: the model's tables of a month of seven loans are what a hand finds.
func TestPackTablesByHand(t *testing.T) {
	x := pmHandTapes(t)
	pick := func(rows []pmRow, columns string) (list []string) {
		for _, row := range rows {
			var values []string
			for _, c := range strings.Fields(columns) {
				values = append(values, row[c])
			}
			list = append(list, strings.Join(values, ","))
		}
		return list
	}
	same := func(name string, got []string, want string) {
		t.Helper()
		if g := strings.Join(got, "\n"); g != strings.TrimSpace(want) {
			t.Errorf("%s is\n%s\nwant\n%s", name, g, strings.TrimSpace(want))
		}
	}
	same("stage_movement", pick(x.stageMovement(), "class flow other_class loans gross allowance"), `
standard,opening,,1,800.00,3.20
standard,new,,1,1000.00,4.00
standard,repaid,,1,-100.00,0.00
standard,other,,1,0.00,0.00
standard,remeasured,,1,0.00,-0.40
standard,closing,,2,1700.00,6.80
sma_0,opening,,1,400.00,1.60
sma_0,settled,,1,-400.00,-1.60
sma_2,opening,,1,900.00,3.60
sma_2,transfer_out,substandard,1,-900.00,-3.60
substandard,opening,,2,1000.00,250.00
substandard,returned,,1,500.00,125.00
substandard,transfer_in,sma_2,1,900.00,3.60
substandard,repaid,,2,-20.00,0.00
substandard,other,,2,10.00,0.00
substandard,remeasured,,2,0.00,218.90
substandard,charged_off,,1,-300.00,-75.00
substandard,closing,,3,2090.00,522.50`)
	same("npa_movement", pick(x.npaMovement(), "opening additions upgraded recovered written_off closing"), "1000.00,1410.00,0.00,20.00,300.00,2090.00")
	same("roll_rates", pick(x.rollRates(), "bucket loans balance rolled_loans rolled_balance roll_rate_by_count roll_rate_by_balance flow_to_loss"), `
C,1,800.00,0,0.00,0.000000,0.000000,
M1,1,400.00,0,0.00,0.000000,0.000000,
M2,0,0.00,0,0.00,,,
M3,1,900.00,1,900.00,1.000000,1.000000,
M4,2,1000.00,2,1000.00,1.000000,1.000000,
M5,0,0.00,0,0.00,,,
M6,0,0.00,0,0.00,,,
M7,0,0.00,0,0.00,,,`)
	same("migration_month", pick(x.migrationMonth(), "from to loans balance balance_now rate_by_count rate_by_balance"), `
C,C,1,800.00,700.00,1.000000,1.000000
M1,settled,1,400.00,0.00,1.000000,1.000000
M3,M4,1,900.00,900.00,1.000000,1.000000
M4,M5,1,700.00,690.00,0.500000,0.700000
M4,charged_off,1,300.00,300.00,0.500000,0.300000
new,C,1,0.00,1000.00,1.000000,
returned,M7,1,0.00,500.00,1.000000,`)
	same("classification_by_pack", pick(x.classificationByPack(), "class loans balance share non_performing allowance npl_ratio coverage provision_ratio illustrative"), `
standard,2,1700.00,0.448549,0.00,6.80,,,,false
sma_0,0,0.00,0.000000,0.00,0.00,,,,false
sma_1,0,0.00,0.000000,0.00,0.00,,,,false
sma_2,0,0.00,0.000000,0.00,0.00,,,,false
substandard,3,2090.00,0.551451,2090.00,522.50,,,,false
doubtful_1,0,0.00,0.000000,0.00,0.00,,,,false
doubtful_2,0,0.00,0.000000,0.00,0.00,,,,false
doubtful_3,0,0.00,0.000000,0.00,0.00,,,,false
loss,0,0.00,0.000000,0.00,0.00,,,,false
total,5,3790.00,1.000000,2090.00,529.30,0.551451,0.253254,0.139657,false`)
	same("rules", pick(x.rules(), "rule class cite loans balance"), `
substandard,substandard,RBI IRACP,3,2090.00
standard,standard,RBI IRACP,2,1700.00`)
	same("vintage", pick(x.vintage(), "booked_month months_on_book loans originated past_due_30 past_due_90"), "2026-01,5,7,7000.00,2090.00,2090.00")
}

// TestPackCuresByHand: a relapse counts within its months, a later cure begins anew.
func TestPackCuresByHand(t *testing.T) {
	policy := &pmPolicy{currencies: []string{"CNY"}}
	var nights []int32
	var tapes [][]pmRow
	for _, night := range []string{ // night, dpd of L1, its last cure, dpd of L2, its last cure
		"2026-01-31 0 2026-01-31 10 -", "2026-02-28 20 2026-01-31 0 2026-02-28", "2026-04-30 31 2026-01-31 30 2026-02-28", "2026-05-31 0 2026-05-31 40 2026-02-28",
		"2026-08-31 35 2026-05-31 70 2026-02-28",
	} {
		f := strings.Fields(night)
		nights = append(nights, pmDate(f[0]))
		tape := []pmRow{}
		for i := range 2 {
			tape = append(tape, pmRow{"loan_id": fmt.Sprint("L", i+1), "currency": "CNY", "days_past_due": f[1+2*i], "last_cured_on": f[2+2*i], "last_cured_bucket": "M1"})
		}
		tapes = append(tapes, tape)
	}
	got := ""
	for _, row := range pmCures(policy, nights, tapes) {
		for _, c := range strings.Fields("cured_month bucket cured redefaulted_3m redefaulted_6m redefaulted_12m") {
			got += row[c] + " "
		}
	}
	// Of L1 from 31 January: 31 days late on 30 April, within 3 months; of L2 from
	// 28 February: on 31 May, 3 months to the 28th are over; of L1 from 31 May: 31 August.
	if want := "2026-01 M1 1 1 1 1 2026-02 M1 1 0 1 1 2026-05 M1 1 1 1 1 "; got != want {
		t.Errorf("cures are %s, want %s", got, want)
	}
}

// TestPackBandsByHand: FINREP's bands, the backstop's steps and the watchlist at their edges.
func TestPackBandsByHand(t *testing.T) {
	b := pmYMD(2026, 6, 30)
	for _, x := range []struct {
		dpd, oldest string
		bad         bool
		want        string
	}{
		{"30", "2026-05-31", false, "performing 0_30"}, {"31", "2026-05-30", false, "performing 31_90"}, {"0", "", true, "non_performing unlikely_to_pay"},
		{"90", "2026-04-01", true, "non_performing unlikely_to_pay"}, {"91", "2026-03-31", true, "non_performing 91_180"}, {"180", "2026-01-01", true, "non_performing 91_180"},
		{"181", "2025-12-31", true, "non_performing 181d_1y"}, {"365", "2025-06-30", true, "non_performing 181d_1y"}, {"366", "2025-06-29", true, "non_performing 1_2y"},
		{"730", "2024-06-30", true, "non_performing 1_2y"}, {"731", "2024-06-29", true, "non_performing 2_5y"}, {"2557", "2019-06-30", true, "non_performing 5_7y"},
		{"2558", "2019-06-29", true, "non_performing over_7y"},
	} {
		status, band := pmBand(pmRow{"days_past_due": x.dpd, "oldest_unpaid_due_on": x.oldest}, b, x.bad)
		if got := status + " " + band; got != x.want {
			t.Errorf("%s days, since %s: %s, want %s", x.dpd, x.oldest, got, x.want)
		}
	}
	x := &pmTapes{policy: &pmPolicy{packs: pmPacks(t, "eu"), post: "eu", currencies: []string{"CNY"}}, b: b, base: pmNone}
	for i, row := range []string{ // disbursed, since, carrying, allowance
		"2019-04-25 2020-01-01 100.00 0.00", "2019-04-26 2024-06-30 100.00 0.00", "2019-04-26 2024-06-29 100.01 0.00", "2020-01-01 2023-06-30 100.00 40.00",
		"2020-01-01 2023-06-29 100.00 40.00", "2020-01-01 2023-06-29 100.00 140.00",
	} {
		f := strings.Fields(row)
		x.now = append(x.now, pmRow{
			"loan_id": fmt.Sprint("L", i), "currency": "CNY", "status": "active", "disbursed_on": f[0], "eu_non_performing_since": f[1], "total_outstanding": f[2], "interest_suspended": "0.00",
			"eu_provision": f[3], "days_past_due": "0", "score": "590", "score_delta": fmt.Sprint(-i), "history_24m": "N1NM1NN/////////////////", "next_due_on": "2026-07-03",
			"eu_class": "non_performing",
		})
	}
	got := ""
	for _, row := range x.backstop() {
		for _, c := range strings.Fields("years loans gross factor required allowance shortfall") {
			got += row[c] + " "
		}
	}
	if want := "> 2 2 200.01 0.350000 70.00 40.00 35.00 > 3 2 200.00 1.000000 200.00 180.00 60.00 "; got != want {
		t.Errorf("the backstop is %s, want %s", got, want)
	}
	list := x.watchlist()
	if len(list) != 5 || list[0]["loan_id"] != "L5" || list[0]["old_score"] != "595" || list[0]["days_to_due"] != "3" || list[0]["bucket_moves_6m"] != "5" {
		t.Errorf("the watchlist is %v", list)
	}
	x.forborne = map[string]bool{"L3": true}
	for _, row := range x.finrepF18() {
		if row["band"] == "unlikely_to_pay" && (row["loans"] != "6" || row["gross"] != "600.01" || row["of_which_forborne"] != "100.00" || row["allowance"] != "220.00") {
			t.Errorf("F 18 is %v", row)
		}
	}
}
