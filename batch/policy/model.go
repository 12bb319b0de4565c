package policy

import (
	"errors"
	"maps"
	"slices"
	"strconv"

	"daybook/aging/score"
	"daybook/aging/score/trees"
)

type modelSection struct {
	Name     string      `yaml:"name" required:"true" doc:"Name of the model."`
	File     string      `yaml:"file" most:"1024" required:"true" doc:"The model in LightGBM's text format; the path is taken from the policy's folder."`
	SHA256   string      `yaml:"sha256" doc:"SHA-256 of the file in hexadecimal: a file of another is refused. Left out: that of the file as it is."`
	Applies  applies     `yaml:"applies" keys:"@score_condition" none:"true" doc:"For which loans, as for cards."`
	Features columnNames `yaml:"features" enum:"@feature" required:"true" doc:"The feature of each column that the model uses."`
	Scale    lineSection `yaml:"scale" required:"true" doc:"The line that maps the model's output, a probability, to points."`
}

// columnNames are features by the names of a model's columns.
type columnNames map[string]string

type lineSection struct {
	From   decimal `yaml:"from" min:"-1000000" max:"1000000" required:"true" doc:"Output that has the first number of points."`
	To     decimal `yaml:"to" min:"-1000000" max:"1000000" required:"true" doc:"Output that has the second."`
	Points []int32 `yaml:"points" min:"-100000" max:"100000" required:"true" doc:"The two."`
}

// model reads and compiles one model.
func (c *scorer) model(path string, doc *document, x *modelSection) {
	m := score.Fitted{Name: x.Name, Applies: c.applies(path+".applies", x.Applies)}
	m.From, m.To = c.float(x.Scale.From), c.float(x.Scale.To)
	switch {
	case len(x.Scale.Points) != 2:
		c.fail(path+".scale.points", "a line has two numbers of points, not %d", len(x.Scale.Points))
		return
	case m.From == m.To:
		c.fail(path+".scale.to", "from and to are equal: there is no line between them")
		return
	}
	m.At = [2]int32(x.Scale.Points)
	text, digest := c.named(doc, path+".file", x.File, x.SHA256)
	x.SHA256 = digest
	if text == nil {
		return
	}
	var err error
	if m.Model, err = trees.Parse(text); err != nil {
		var at *trees.Error
		if errors.As(err, &at) {
			c.fail(path+".file", "%s:%d: %s", x.File, at.Line, at.Reason)
		} else {
			c.fail(path+".file", "%s: %v", x.File, err)
		}
		return
	}
	if m.Model.Classes != 1 || m.Model.Objective == trees.Classes {
		c.fail(path+".file", "%s has %d classes, and a score is made of one: train for binary, regression or cross_entropy", x.File, m.Model.Classes)
		return
	}
	c.columns(path+".features", x, &m)
	c.g.Models = append(c.g.Models, m)
}

// columns finds the feature of each column. One that no tree uses needs none.
func (c *scorer) columns(path string, x *modelSection, m *score.Fitted) {
	m.Columns = make([]score.Feature, len(m.Model.Features))
	m.Reasons = make([]score.Reason, len(m.Model.Features))
	column := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(x.Features)) {
		feature := x.Features[name]
		at := path + "." + name
		i := slices.Index(m.Model.Features, name)
		if i < 0 {
			c.fail(at, "the model has no column %q: %s", name, suggest(name, firstOf(m.Model.Features)))
			continue
		}
		if other, ok := column[feature]; ok {
			c.fail(at, "%s stands for the column %s already", feature, other)
		}
		column[feature] = name
		m.Columns[i], m.Reasons[i] = c.feature(at, feature), c.reason(at, feature)
	}
	for i, name := range m.Model.Features {
		if _, ok := x.Features[name]; !ok && m.Model.Used[i] {
			c.fail(path, "the model uses the column %q, which has no feature", name)
		}
	}
}

// firstOf returns what a message lists.
func firstOf(list []string) []string { return list[:min(len(list), 20)] }

// float returns the float nearest to a decimal.
func (c *scorer) float(d decimal) float64 {
	v, err := strconv.ParseFloat(string(d), 64)
	if err != nil {
		panic("policy: internal error: decimal " + string(d))
	}
	return v
}
