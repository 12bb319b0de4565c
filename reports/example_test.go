package reports_test

import (
	"fmt"
	"os"

	"daybook/reports"
)

// A table is columns of a kind; a small one is made row by row, and nil is null.
func ExampleTable() {
	t := &reports.Table{Name: "held", Columns: []reports.Column{
		{Name: "currency", Kind: reports.Coded}, {Name: "items", Kind: reports.Number},
		{Name: "amount", Kind: reports.Amount, Digits: 2, Optional: true}, {Name: "note", Kind: reports.Text},
	}}
	t.Append("CNY", 2, 150_050, "two payments, unknown")
	t.Append("USD", 1, nil, "=1+1")
	w, err := reports.NewCSVWriter(os.Stdout, t.Columns)
	if err == nil {
		err = w.Write(t.Columns)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// currency,items,amount,note
	// CNY,2,1500.50,"two payments, unknown"
	// USD,1,,'=1+1
}
