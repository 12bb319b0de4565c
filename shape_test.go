package daybook

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// A function fits a screen, and what is in a struct fits a head.
const (
	linesMax  = 70
	fieldsMax = 20
)

// Structs that may have more fields, and why.
var larger = map[string]string{}

// TestShape looks at each function and struct outside tests.
func TestShape(t *testing.T) {
	used, functions := map[string]bool{}, 0
	eachGoFile(t, func(path string) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		files := token.NewFileSet()
		f, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		n, faults := shape(files, f)
		functions += n
		for what, fault := range faults {
			if name := filepath.ToSlash(filepath.Dir(path)) + "." + what; larger[name] == "" {
				t.Errorf("%s: %s", path, fault)
			} else {
				used[name] = true
			}
		}
	})
	if functions < 1000 {
		t.Errorf("only %d functions were looked at", functions)
	}
	for name := range larger {
		if !used[name] {
			t.Errorf("%s needs no exception any more", name)
		}
	}
}

// shape counts a file's functions, and says of each struct and function that is too
// large, by its name, how large it is.
func shape(files *token.FileSet, f *ast.File) (functions int, faults map[string]string) {
	faults = map[string]string{}
	ast.Inspect(f, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.FuncDecl:
			functions++
			if lines := files.Position(x.End()).Line - files.Position(x.Pos()).Line + 1; lines > linesMax {
				faults[x.Name.Name] = fmt.Sprintf("the function %s has %d lines, at most %d fit a screen", x.Name.Name, lines, linesMax)
			}
		case *ast.TypeSpec:
			if s, ok := x.Type.(*ast.StructType); ok {
				if fields := s.Fields.NumFields(); fields > fieldsMax {
					faults[x.Name.Name] = fmt.Sprintf("the struct %s has %d fields, at most %d", x.Name.Name, fields, fieldsMax)
				}
			}
		}
		return true
	})
	return functions, faults
}

// TestShapeFindsWhatIsLarge proves that the check fires.
func TestShapeFindsWhatIsLarge(t *testing.T) {
	for text, want := range map[string]string{
		"func f() {" + strings.Repeat("\n", linesMax-1) + "}":                        "",
		"func f() {" + strings.Repeat("\n", linesMax) + "}":                          "the function f has 71 lines, at most 70 fit a screen",
		"type t struct { a, b, c int; d" + strings.Repeat("; x", fieldsMax-4) + " }": "",
		"type t struct { a, b, c int; d" + strings.Repeat("; x", fieldsMax-3) + " }": "the struct t has 21 fields, at most 20",
	} {
		files := token.NewFileSet()
		f, err := parser.ParseFile(files, "x.go", "package x\n"+text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		_, faults := shape(files, f)
		if got := faults["f"] + faults["t"]; got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
