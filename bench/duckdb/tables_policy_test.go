package main

import (
	"context"
	"database/sql"
	"os/exec"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

const policyHead = `format_version: 1
name: tables
jurisdiction: none
time_zone: UTC
currencies: [EUR, CNY, JPY, KWD]
intake:
  allow_empty: true
  gap_days_max: 400
  reject_threshold: {rows: 1, amount: 1}
products:
  default: {}
  card: {card: true, attributes: [open_end]}
  home: {attributes: [home, home_secured, secured]}
  farm: {attributes: [farm, non_retail]}
aging:
  materiality: {amount: {EUR: 100, CNY: 800, JPY: 15000, KWD: 30}, share: 0.01}
  buckets:
    - {name: C, from: 0}
    - {name: M1, from: 1}
    - {name: M2, from: 31}
    - {name: M3, from: 61}
    - {name: M4, from: 91}
    - {name: M5, from: 121}
    - {name: M6, from: 151}
    - {name: M7, from: 181}
reports: {monthly: [pboc]}
`

// policyLists are what the tables need of policyHead.
const policyLists = `
CREATE TABLE currencies (n INTEGER, currency VARCHAR, unit BIGINT);
INSERT INTO currencies VALUES (1, 'EUR', 100), (2, 'CNY', 100), (3, 'JPY', 1), (4, 'KWD', 1000);
CREATE TABLE buckets (n INTEGER, bucket VARCHAR);
INSERT INTO buckets VALUES (1, 'C'), (2, 'M1'), (3, 'M2'), (4, 'M3'), (5, 'M4'), (6, 'M5'), (7, 'M6'), (8, 'M7');
CREATE TABLE packs (business_date DATE, n INTEGER, pack VARCHAR, gives VARCHAR, provides BOOLEAN, illustrative BOOLEAN, post BOOLEAN,
	nightly BOOLEAN, bears_eu BOOLEAN, past_due_rule VARCHAR, contagion_cite VARCHAR);
CREATE TABLE pack_classes (pack VARCHAR, n INTEGER, class VARCHAR, non_performing BOOLEAN);
CREATE TABLE pack_rules (pack VARCHAR, n INTEGER, rule VARCHAR, cite VARCHAR);
`

// A term is which packs a policy has from a close on, and what it posts.
type term struct {
	from  int // number of the close
	packs []string
	post  string
	when  string
}

func (p term) policy() string {
	text := policyHead + "packs: [" + strings.Join(p.packs, ", ") + "]\n"
	if p.post != "" {
		return text + "provisions: {post: " + p.post + ", when: " + p.when + "}\n"
	}
	return text + "provisions: {when: " + p.when + "}\n"
}

// inForce returns the term of a close.
func inForce(terms []term, i int) (current term) {
	for _, t := range terms {
		if t.from <= i {
			current = t
		}
	}
	return current
}

// A pack is what the tables need of a pack's file.
type pack struct {
	Fills   string
	Classes []struct {
		Name          string
		NonPerforming bool `yaml:"non_performing"`
	}
	Tables []struct {
		Rows []struct{ Rule, Cite string }
	}
	Contagion any
	Provision struct {
		Method       string
		Illustrative bool
	}
	PastDue struct{ Rule string } `yaml:"past_due"`
}

func readPacks(t *testing.T, program string) map[string]pack {
	t.Helper()
	packs := map[string]pack{}
	for _, name := range []string{"cn", "ifrs9", "eu", "us", "in"} {
		text, err := exec.Command(program, "packs", "show", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		var p pack
		if err := yaml.Unmarshal(text, &p); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		packs[name] = p
	}
	return packs
}

// lists fills in the tables of the policy's lists.
func lists(t *testing.T, conn *sql.Conn, packs map[string]pack, terms []term, closes []string) {
	t.Helper()
	execute(t, conn, policyLists)
	for name, p := range packs {
		for i, c := range p.Classes {
			insert(t, conn, "pack_classes", name, i, c.Name, c.NonPerforming)
		}
		n := 0
		for _, table := range p.Tables {
			for _, r := range table.Rows {
				insert(t, conn, "pack_rules", name, n, r.Rule, r.Cite)
				n++
			}
		}
	}
	for i, day := range closes {
		current := inForce(terms, i)
		given := map[string]bool{}
		bearer := "eu"
		if packs["eu"].Provision.Method == "none" {
			bearer = current.post
		}
		for n, name := range current.packs {
			p := packs[name]
			var gives, rule, cite any
			if p.Fills != "" && !given[p.Fills] {
				gives, given[p.Fills] = p.Fills, true
			}
			if p.PastDue.Rule != "" {
				rule = p.PastDue.Rule
			}
			if m, ok := p.Contagion.(map[string]any); ok {
				cite = m["cite"]
			}
			insert(t, conn, "packs", day, n, name, gives, p.Provision.Method != "none", p.Provision.Illustrative, name == current.post,
				current.when == "nightly", name == bearer, rule, cite)
		}
	}
}

func insert(t *testing.T, conn *sql.Conn, table string, values ...any) {
	t.Helper()
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(values)), ", ")
	if _, err := conn.ExecContext(context.Background(), "INSERT INTO "+table+" VALUES ("+marks+")", values...); err != nil {
		t.Fatalf("%s %v: %v", table, values, err)
	}
}
