package policy

import (
	"maps"
	"slices"

	"daybook/batch/intake"
)

type intakeSection struct {
	Columns           columns          `yaml:"columns" doc:"By kind of file: a column of the contract, then the file's own name for it."`
	MoneyInMinorUnits bool             `yaml:"money_in_minor_units" doc:"Plain integers are amounts in minor units."`
	AllowFloatMoney   bool             `yaml:"allow_float_money" doc:"Amounts may be FLOAT or DOUBLE, if they are whole minor units after rounding to 1e-6."`
	RejectThreshold   thresholdSection `yaml:"reject_threshold" doc:"Rows rejected or held, or money in them, above either share make the night end with exit status 3."`
	AllowEmpty        bool             `yaml:"allow_empty" doc:"A folder without files is a night, without --allow-empty."`
	AllowUnread       bool             `yaml:"allow_unread" doc:"What lies in the folder and is not read does not stop the close, without --allow-unread."`
	GapDaysMax        int32            `yaml:"gap_days_max" min:"1" max:"36500" doc:"Most days since the last night, or between a first night and the value dates of its files, without --gap."`
	DuplicatesMax     decimal          `yaml:"duplicates_max" min:"0.01" max:"2" doc:"Share of rows that are repeats which stops the close without --allow-duplicates: the files may be those of a day before. Above 1 none does."`
	Expect            map[string]int32 `yaml:"expect" keys:"@kind" min:"0" doc:"Kinds of file that every night must have, each with its least rows, without --allow-fewer."`
	RequireMarker     string           `yaml:"require_marker" empty:"true" doc:"Name of a file that the sender writes last, such as _SUCCESS: without it nothing is read, without --allow-unmarked."`
	RequireControl    bool             `yaml:"require_control" doc:"The sender's control.json must be there, without --allow-unproved. One that is there is always proved."`
}

// columns maps a kind of file, then a column of the contract, to a file's own name.
type columns map[string]map[string]string

type thresholdSection struct {
	Rows   decimal `yaml:"rows" min:"0" max:"1" doc:"Share of rows."`
	Amount decimal `yaml:"amount" min:"0" max:"1" doc:"Share of money."`
}

func (in *intakeSection) compile(s *source, _ *document, p *Policy) {
	p.Intake = s.intake(in, p)
	p.RejectRows = s.scaled("intake.reject_threshold.rows", &in.RejectThreshold.Rows, 6)
	p.RejectAmount = s.scaled("intake.reject_threshold.amount", &in.RejectThreshold.Amount, 6)
	p.Guards = s.guards(in)
}

func (s *source) intake(in *intakeSection, p *Policy) intake.Options {
	for _, kind := range slices.Sorted(maps.Keys(in.Columns)) {
		path := "intake.columns." + kind
		k, ok := intake.ParseKind(kind)
		if !ok {
			s.fail(path, "unknown kind of file: %s", suggest(kind, wordsOf("kind")))
			continue
		}
		owners := map[string]string{} // a file's own name to the contract's
		for _, column := range slices.Sorted(maps.Keys(in.Columns[kind])) {
			own := in.Columns[kind][column]
			if !slices.Contains(k.Columns(), column) {
				s.fail(path+"."+column, "unknown column of %s: %s", kind, suggest(column, k.Columns()))
			}
			if other, taken := owners[own]; taken {
				s.fail(path+"."+column, "%q is named for %s already", own, other)
			}
			owners[own] = column
		}
	}
	return intake.Options{
		Columns: in.Columns, MinorUnits: in.MoneyInMinorUnits, AllowFloatMoney: in.AllowFloatMoney,
		Scale: p.Scale, Location: p.Location,
	}
}
