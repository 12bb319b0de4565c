// Package vendor is what goes between the lender and the systems of its channels beside
// the night: a night's tasks with the lender's own data, numbers and names, which the book
// never has; and the results that come back, made contacts of for the next night.
//
// It keeps nothing of what it is given. Files appear whole or not at all, readable by
// their owner only, and take the place of nothing. Messages name files, columns, rows and
// lines, never what stands there. Memory does not grow with the rows.
package vendor
