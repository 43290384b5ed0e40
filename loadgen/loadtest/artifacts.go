package loadtest

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/brief"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/html"
)

// keep writes the results of a run to the test's artifacts: NAME.json, .html,
// .md and .junit.xml.
func keep(t testing.TB, sum *report.Summary, claims claim.List) {
	t.Helper()
	o := effect.Options{}
	o.Primary, o.Op = claims.Primary()
	b := brief.New(sum, claims, o)
	name := fileName(t.ArtifactDir(), sum.Name)
	for _, file := range []struct {
		ending string
		write  func(io.Writer) error
	}{
		{".json", sum.WriteJSON},
		{".html", func(w io.Writer) error {
			return html.Write(w, sum, html.Options{Title: t.Name(), Effect: o, Streams: sum.Streams, Claims: b.Shown()})
		}},
		{".md", b.WriteMarkdown},
		{".junit.xml", b.WriteJUnit},
	} {
		if err := output.Write(t.Context(), name+file.ending, file.write); err != nil {
			t.Errorf("loadtest: %v", err)
			return
		}
	}
	t.Logf("report: %s (kept with go test -artifacts)", name+".html")
}

// fileName is where a run's files go: the run's name, with a number if a test
// has several runs of that name.
func fileName(dir, name string) string {
	name = strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '-'
	}, name)
	if strings.Trim(name, "-.") == "" {
		name = "run"
	}
	path := filepath.Join(dir, name)
	for n := 2; exists(path + ".json"); n++ {
		path = filepath.Join(dir, fmt.Sprintf("%s-%d", name, n))
	}
	return path
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
