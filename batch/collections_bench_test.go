package batch

import (
	"fmt"
	"testing"

	"daybook/aging/treat"
	"daybook/batch/meet"
	"daybook/batch/policy"
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
)

// BenchmarkDecide is what a night decides about a borrower of one loan: of whom nothing is
// known, and after a month of tasks, some of them answered.
func BenchmarkDecide(b *testing.B) {
	p, err := policy.Builtin(policy.Default)
	if err != nil {
		b.Fatal(err)
	}
	night := civil.Of(2026, 11, 23)
	for name, tasks := range map[string]int{"unknown": 0, "tasks": 10} {
		b.Run(name, func(b *testing.B) {
			d := treat.Decider{Rules: p.Collections, Zones: meet.NewZones(p.Location), Planner: new(meet.Planner), Currencies: []string{"CNY"}, Units: []int64{1}}
			d.Begin(night)
			l := &treat.Loan{ID: "L", Product: "default", Currency: "CNY", Active: true, DaysPastDue: 12, DelinquentDays: 12, PastDue: 100_000, Total: 200_000, NextDueOn: civil.None}
			l.Unit = 1
			t := borrower.NoTreatment()
			s := &borrower.State{}
			for i := range tasks {
				on := night + 1 - civil.Date(3*(tasks-i))
				t.Tasks = append(t.Tasks, borrower.Task{On: on, Channel: borrower.Call, Attempts: 1, Key: fmt.Sprint("key", i), Loans: []string{"L"}, RecalledOn: civil.None})
				if i%2 == 0 {
					s.Contacts = append(s.Contacts, borrower.Contact{
						ID: fmt.Sprint("C", i), TaskKey: fmt.Sprint("key", i), Kind: "attempt", Outcome: "no_answer", At: int64(on) * 86400e6, Until: civil.None, PromisedOn: civil.None,
					})
				}
			}
			person := &treat.Person{ID: []byte("B"), State: s, Treatment: &t, Loans: []*treat.Loan{l}}
			b.ReportAllocs()
			for b.Loop() {
				if x := d.Decide(person); x.Place == treat.Nowhere {
					b.Fatal("he is nowhere")
				}
			}
		})
	}
}
