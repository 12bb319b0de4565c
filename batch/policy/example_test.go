package policy_test

import (
	"fmt"
	"strings"

	"daybook/batch/policy"
	"daybook/ledger/civil"
)

// A file states what differs from the built-in policy; what can't be honoured to the
// letter is a fault that names line and key.
func ExampleParse() {
	p, err := policy.Parse([]byte("name: mine\ncurrencies: [JPY]\n"), "mine.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Name, p.Currencies, p.Aging.Tiers.Names())
	_, err = policy.Parse([]byte("name: mine\naging: {grace_days: three}\n"), "mine.yaml")
	fmt.Println(strings.Split(err.Error(), "\n")[0])
	// Output:
	// mine [JPY] [pass special_mention substandard doubtful loss]
	// mine.yaml:2: aging.grace_days: "three" is not a whole number
}

// A book has several policies, each from its date on; a value date meets the rules
// that held then.
func ExampleSet_RulesAt() {
	parse := func(text string) *policy.Policy {
		p, err := policy.Parse([]byte(text), "example.yaml")
		if err != nil {
			panic(err)
		}
		return p
	}
	set, err := policy.NewSet(
		parse("effective_from: 2026-01-01\naging: {grace_days: 0}\n"),
		parse("effective_from: 2026-07-01\naging: {grace_days: 3}\n"),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, day := range []civil.Date{civil.Of(2026, 6, 30), civil.Of(2026, 7, 1)} {
		rules := set.RulesAt(day)
		fmt.Println(day, rules.Aging.DelinquentDays(3, 0))
	}
	// Output:
	// 2026-06-30 3
	// 2026-07-01 0
}
