package metro2

import "fmt"

// Columns are the columns of the lender's own file of names, by borrower_id. All are text but birth_date, which is a date;
// any but borrower_id may be missing.
var Columns = []string{
	"borrower_id", "surname", "first_name", "middle_name", "generation", "ssn", "birth_date", "phone", "ecoa", "information_indicator",
	"country", "address_1", "address_2", "city", "state", "zip", "address_indicator", "residence",
}

// SetText sets the text of a column of [Columns]. It reports false for borrower_id, birth_date and
// what is no column.
func (c *Consumer) SetText(column, value string) bool {
	at := map[string]*string{
		"surname": &c.Surname, "first_name": &c.First, "middle_name": &c.Middle, "generation": &c.Generation, "ssn": &c.SSN, "phone": &c.Phone,
		"ecoa": &c.ECOA, "information_indicator": &c.ConsumerInformation, "country": &c.Country, "address_1": &c.Address1, "address_2": &c.Address2,
		"city": &c.City, "state": &c.State, "zip": &c.ZIP, "address_indicator": &c.AddressIndicator, "residence": &c.Residence,
	}[column]
	if at == nil {
		return false
	}
	*at = value
	return true
}

// Faults says what of the consumer is not reported as it was given, and why: a number
// without its digits, a code that is too long, a text of which no letter is left or of which the end is cut.
func (c *Consumer) Faults() (list []string) {
	if n := len(onlyDigits(c.SSN)); c.SSN != "" && n != 9 {
		list = append(list, fmt.Sprintf("ssn has %d digits and not 9: zeros are reported", n))
	}
	if n := onlyDigits(c.Phone); c.Phone != "" && len(phoneOf(n)) != phoneSize {
		list = append(list, fmt.Sprintf("phone has %d digits and not %d: zeros are reported", len(n), phoneSize))
	}
	for _, x := range []struct {
		name, value string
		size        int
	}{
		{"surname", c.Surname, 25}, {"first_name", c.First, 20}, {"middle_name", c.Middle, 20}, {"generation", c.Generation, 1}, {"ecoa", c.ECOA, 1},
		{"information_indicator", c.ConsumerInformation, 2}, {"country", c.Country, 2}, {"address_1", c.Address1, 32}, {"address_2", c.Address2, 32},
		{"city", c.City, 20}, {"state", c.State, 2}, {"zip", zipOf(c.ZIP), 9}, {"address_indicator", c.AddressIndicator, 1}, {"residence", c.Residence, 1},
	} {
		whole := textOf(x.value)
		switch {
		case x.value != "" && whole == "":
			list = append(list, x.name+" has no letter of the format: blanks are reported")
		case len(whole) > x.size:
			list = append(list, fmt.Sprintf("%s has %d letters, %d are reported", x.name, len(whole), x.size))
		}
	}
	return list
}

// textOf is a text as the format has it, whole.
func textOf(s string) string {
	to := appendBlanks(nil, 2*len(s)) // no letter becomes more than two
	putText(to, s)
	for len(to) > 0 && to[len(to)-1] == ' ' {
		to = to[:len(to)-1]
	}
	return string(to)
}
