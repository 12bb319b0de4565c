package batch

import (
	"fmt"
	"testing"
	"time"

	"daybook/ledger/civil"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

const retentionPolicy = `format_version: 1
name: short
jurisdiction: cn
time_zone: Asia/Shanghai
currencies: [CNY]
collections:
  time_zone_when_unstated: Asia/Shanghai
  retention_days: 731
  promises: {grace_days: 2, kept_share: 1, tolerance: 0, horizon_days: 60, broken_max: 2}
  segments:
    - name: dear
      when: {past_due: {from: 2000}}
      ladder: [{from: 1, channels: [agency], tone: firm, template: handover, every: 1, recover: 0.5}]
    - name: all
      when: {}
      ladder: [{from: 1, channels: [call, letter], tone: helpful, template: talk, every: 30, recover: 0.5}]
`

// TestRetentionOfTasks: a task and its key are kept for the days of the retention after the
// last contact, and erased together; a placement that is not recalled stays; what comes back
// by an erased key is the task of nobody.
func TestRetentionOfTasks(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it closes many nights")
	}
	const first = "2026-04-10"
	night := func(days int) string { return (day(t, first) + civil.Date(days)).String() }
	for _, x := range []struct {
		name         string
		days         int // from the first night to the one that may erase
		attempt      int // a result by the key comes so many nights after the first; 0: none
		isErased     bool
		isUnreported bool
	}{
		{"the last day", 734, 0, false, true}, {"a day more", 735, 0, true, false}, {"years more", 3000, 0, true, false},
		{"after a result", 735, 200, false, false}, {"long after a result", 200 + 735, 200, true, false},
	} {
		t.Run(x.name, func(t *testing.T) {
			l := newLender(t)
			l.policy(retentionPolicy)
			var loans []loanFile
			for i, id := range []string{"A", "B", "C"} {
				loan := aLoan(t, "L"+id, "2026-01-01", "2026-02-01")
				loan.BorrowerID = id
				if i == 1 { // placed with an agency
					loan.Principal *= 50
				}
				loans = append(loans, loan)
			}
			write(t, l.in(first), "loans-a", loans)
			l.close(first)
			l.o.Policy = nil
			keyOf := map[string]string{}
			for _, row := range l.cqQueue(first, "tasks") {
				keyOf[row["borrower_id"]] = row["task_key"]
				if want := map[string]string{"A": "call", "B": "agency", "C": "call"}[row["borrower_id"]]; row["channel"] != want {
					t.Fatalf("%s has a task by %s, want %s", row["borrower_id"], row["channel"], want)
				}
			}
			// From now on nothing is due but what was: nobody gets another task.
			write(t, l.in(night(1)), "contacts-a", []cqContactsFile{
				{ContactID: "H1", BorrowerID: ptr("A"), Kind: "hold", Reason: ptr("legal"), At: time.Date(2026, 4, 10, 12, 0, 0, 0, time.UTC)},
				{ContactID: "H2", BorrowerID: ptr("C"), Kind: "hold", Reason: ptr("legal"), At: time.Date(2026, 4, 10, 12, 0, 0, 0, time.UTC)},
			})
			l.close(night(1))
			if x.attempt > 0 {
				write(t, l.in(night(x.attempt)), "contacts-a", []cqContactsFile{{
					ContactID: "R1", TaskKey: ptr(keyOf["A"]), Kind: "attempt", Outcome: ptr("no_answer"), At: time.Unix(int64(day(t, night(x.attempt)))*86400, 0).UTC(),
				}})
				l.close(night(x.attempt))
			}
			l.close(night(x.days))
			kept, owners := keptTasks(t, l, day(t, first)+1)
			for id, want := range map[string]bool{"A": !x.isErased, "B": true, "C": x.days <= 734} {
				if _, has := kept[keyOf[id]]; has != want {
					t.Errorf("the task of %s is kept: %t", id, has)
				}
				if _, has := owners[keyOf[id]]; has != want {
					t.Errorf("the key of %s is kept: %t", id, has)
				}
			}
			if rows := only(l.cqQueue(night(x.days), "suppressed"), "borrower_id", "B"); len(rows) != 1 || rows[0]["reason_code"] != "agency" {
				t.Errorf("B is with an agency, and his rows are %v", rows)
			}
			verifySilent(t, l)
			write(t, l.in(night(x.days+1)), "contacts-a", []cqContactsFile{{
				ContactID: "R2", TaskKey: ptr(keyOf["A"]), Kind: "attempt", Outcome: ptr("no_answer"), At: time.Unix(int64(day(t, night(x.days+1)))*86400, 0).UTC(),
			}, {
				ContactID: "R3", TaskKey: ptr(keyOf["A"]), BorrowerID: ptr("A"), Kind: "attempt", Outcome: ptr("no_answer"), At: time.Unix(int64(day(t, night(x.days+1)))*86400, 0).UTC(),
			}})
			l.close(night(x.days + 1))
			want := map[string]string{}
			if x.isErased {
				want["contacts-a.parquet:0"] = "unknown_task"
			}
			if got := l.rejects(night(x.days + 1)); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("rejects are %v, want %v", got, want)
			}
			verifySilent(t, l)
		})
	}
}

// TestWhatWasSaidStaysWithTasks: nothing is forgotten that decides about tasks: the number that was wrong is not called
// again when the row that said so is old.
func TestWhatWasSaidStaysWithTasks(t *testing.T) {
	if testing.Short() {
		t.Skip("it closes many nights")
	}
	const first = "2026-04-10"
	night := func(days int) string { return (day(t, first) + civil.Date(days)).String() }
	l := newLender(t)
	l.policy(retentionPolicy)
	loan := aLoan(t, "LA", "2026-01-01", "2026-02-01")
	loan.BorrowerID = "A"
	write(t, l.in(first), "loans-a", []loanFile{loan})
	l.close(first)
	l.o.Policy = nil
	key := l.cqQueue(first, "tasks")[0]["task_key"]
	write(t, l.in(night(1)), "contacts-a", []cqContactsFile{{
		ContactID: "R1", TaskKey: &key, Kind: "attempt", Outcome: ptr("wrong_number"), At: time.Unix(int64(day(t, night(1)))*86400, 0).UTC(),
	}})
	l.close(night(1))
	for _, days := range []int{40, 400, 700, 760, 1400} {
		l.close(night(days))
		if tasks := l.cqQueue(night(days), "tasks"); len(tasks) != 1 || tasks[0]["channel"] != "letter" || tasks[0]["passed_over"] != "call=wrong_number" {
			t.Errorf("%d nights after a wrong number the tasks are %v", days, tasks)
		}
	}
	l.close(night(1400 + 735)) // nobody has asked him for anything for so long, and the number is as wrong as it was
	if tasks := l.cqQueue(night(1400+735), "tasks"); len(tasks) != 1 || tasks[0]["channel"] != "letter" || tasks[0]["passed_over"] != "call=wrong_number" {
		t.Errorf("when the retention is over the tasks are %v", tasks)
	}
	verifySilent(t, l)
}

// TestNothingIsKeptOfOldPromises: with the row of a promise go the repayments that it was held
// to, and with that of a case that an offer was taken.
func TestNothingIsKeptOfOldPromises(t *testing.T) {
	if testing.Short() {
		t.Skip("it closes many nights")
	}
	const first = "2026-04-10"
	night := func(days int) string { return (day(t, first) + civil.Date(days)).String() }
	l := newLender(t)
	l.policy(retentionPolicy)
	var loans []loanFile
	for _, id := range []string{"A", "B"} {
		loan := aLoan(t, "L"+id, "2026-01-01", "2026-02-01")
		loan.BorrowerID = id
		loans = append(loans, loan)
	}
	write(t, l.in(first), "loans-a", loans)
	at := time.Unix(int64(day(t, first))*86400, 0).UTC()
	write(t, l.in(first), "contacts-a", []cqContactsFile{
		{ContactID: "P", BorrowerID: ptr("A"), LoanID: ptr("LA"), Kind: "promise", Amount: ptr(int64(10000)), PromisedOn: ptr(int32(day(t, night(9)))), At: at},
		{ContactID: "H", BorrowerID: ptr("A"), Kind: "hold", Reason: ptr("legal"), At: at},
		{ContactID: "K", BorrowerID: ptr("B"), Kind: "hardship", Reason: ptr("illness"), At: at},
		{ContactID: "I", BorrowerID: ptr("B"), Kind: "hold", Reason: ptr("legal"), At: at},
	})
	l.close(first)
	l.o.Policy = nil
	write(t, l.in(night(1)), "adjustments-a", []cqAdjustmentsFile{{
		AdjustmentID: "F", LoanID: "LB", Kind: "fee", ValueDate: int32(day(t, night(1))), Amount: ptr(int64(100)), Reason: ptr("offer:x"),
	}})
	write(t, l.in(night(1)), "repayments-a", []repaymentFile{pays(t, "R", "LA", night(1), "50.00")})
	l.close(night(1))
	kept := func() string {
		b := openRead(t, l)
		text := ""
		for _, id := range []string{"A", "B"} {
			rec, ok, err := b.Find(store.Treatments, []byte(id))
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				continue
			}
			x, err := record.ReadTreatment(rec)
			if err != nil {
				t.Fatal(err)
			}
			text += fmt.Sprint(id, " payments ", len(x.Payments), " promises ", len(x.Promised), " offered ", x.Offered != civil.None, "; ")
		}
		return text
	}
	if got, want := kept(), "A payments 1 promises 1 offered false; B payments 0 promises 0 offered true; "; got != want {
		t.Errorf("kept is %s, want %s", got, want)
	}
	for _, days := range []int{12, 150, 300, 760} {
		l.close(night(days))
	}
	if got := kept(); got != "" {
		t.Errorf("after the retention %s is kept", got)
	}
	verifySilent(t, l)
}
