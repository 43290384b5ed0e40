package markup

import (
	"html/template"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// filled is a template with its values.
func filled(t *testing.T, text string, data any) (string, error) {
	t.Helper()
	var out strings.Builder
	err := Must(text, map[string]Func{"twice": func(args []any) any { return args[0].(string) + args[0].(string) }}).Execute(&out, data)
	return out.String(), err
}

// TestTemplates: what html/template makes of the same.
func TestTemplates(t *testing.T) {
	type row struct{ Name string }
	type state string
	data := map[string]any{
		"Text": `<a href="x">'&+` + "\x00", "N": 3, "F": 1.5, "Yes": true, "No": false, "Rows": []row{{"a"}, {"<b>"}}, "None": []row(nil),
		"Pair": [2]string{"x", "y"}, "Row": &row{"p"}, "Nil": (*row)(nil), "Map": map[string]string{"k": "v"},
		"State": state("live"), "Long": int64(3),
	}
	for _, text := range []string{
		`<p title="{{.Text}}">{{.Text}}</p>`, `<title>{{.Text}}</title>`, `{{.N}} {{.F}} {{.Yes}}`,
		`{{if .Yes}}a{{else}}b{{end}}{{if .No}}a{{else}}b{{end}}{{if .Rows}}a{{end}}{{if .None}}a{{else}}b{{end}}{{if not .Nil}}n{{end}}`,
		`{{range .Rows}}{{.Name}},{{else}}none{{end}}{{range .None}}x{{else}}none{{end}}{{range $i, $x := .Rows}}{{$i}}{{$x.Name}}{{end}}{{range .Pair}}{{.}}{{end}}`,
		`{{with .Row}}{{.Name}}{{$.N}}{{else}}no{{end}}{{with .Nil}}x{{else}}no{{end}}{{$r := .Rows}}{{range $r}}{{$r := .Name}}{{$r}}{{end}}{{len $r}}`,
		`{{if and .Yes .No}}a{{end}}{{or .None .Text}}{{if eq .N 3}}three{{end}}{{if eq .State "live"}}live{{end}}{{if eq .Long 3}}long{{end}}{{if eq .State "over"}}over{{end}}{{with index .Rows 1}}{{.Name}}{{end}}{{.Map.k}}{{twice (or .No .Map.k)}}`,
		`{{define "x"}}[{{.}}{{range $.Name}}{{end}}]{{end}}{{/* nothing */}} {{- "quoted" -}} `,
		`{{define "y"}}[{{.Name}}]{{end}}{{template "y" .Row}}{{range .Rows}}{{template "y" .}}{{end}}`,
	} {
		var want strings.Builder
		oracle := template.Must(template.New("").Funcs(template.FuncMap{"twice": func(s string) string { return s + s }}).Parse(text))
		require.NoError(t, oracle.Execute(&want, data), text)
		got, err := filled(t, text, data)
		require.NoError(t, err, text)
		assert.Equal(t, want.String(), got, text)
	}
	raw, err := filled(t, "{{.}}", Raw("<b>"))
	require.NoError(t, err)
	assert.Equal(t, "<b>", raw)
}

// TestTemplatesThatAreRefused: what html/template would do and this package does not is an
// error, never a page with less in it.
func TestTemplatesThatAreRefused(t *testing.T) {
	for text, says := range map[string]string{
		"{{.Nosuch}}":                     "there is no field Nosuch",
		"{{.Name | len}}":                 "is not supported",
		"{{range .Name}}{{end}}":          "is not a list",
		`{{template "x"}}`:                `there is no template "x"`,
		"{{index .List 3}}":               "no item 3 of 1",
		"{{range .List}}{{break}}{{end}}": "{{break}} is not supported",
		`{{eq .Name "m" "n"}}`:            "eq compares two texts or two whole numbers",
		"{{eq .List .List}}":              "eq compares two texts or two whole numbers",
		"{{range .List}}":                 "",
	} {
		data := struct {
			Name string
			List []int
		}{"n", []int{1}}
		if says == "" {
			assert.Panics(t, func() { _, _ = filled(t, text, data) }, text)
			continue
		}
		got, err := filled(t, text, data)
		require.ErrorContains(t, err, says, text)
		assert.Empty(t, got, text)
	}
}
