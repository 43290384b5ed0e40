package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// document has the markers of all tables.
func document() string {
	b := new(strings.Builder)
	b.WriteString("before\n")
	for _, e := range experiments {
		b.WriteString("<!-- simulated: " + e.name + " -->\nold\n<!-- end: " + e.name + " -->\n")
	}
	return b.String() + "after\n"
}

func TestTheSameTablesOnAnyNumberOfCores(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds of simulation")
	}
	var one, two, log bytes.Buffer
	require.NoError(t, run([]string{"-size", "0", "-workers", "1", "-only=mde"}, &one, &log))
	require.NoError(t, run([]string{"-size", "0", "-workers", "3", "-only=mde"}, &two, &log))
	assert.Equal(t, one.String(), two.String())
	assert.Contains(t, one.String(), "| 900 s | ")
	assert.Contains(t, log.String(), "mde")
}

func TestEveryRecovery(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds of simulation")
	}
	var out, log bytes.Buffer
	require.NoError(t, run([]string{"-size", "0", "-only=recovery"}, &out, &log))
	assert.Equal(t, len(recoveries)+2, strings.Count(out.String(), "\n|")+1, "a row each, behind two of head")
	assert.Contains(t, out.String(), "| never (twice the level), 60/s |")
	assert.NotContains(t, out.String(), "NaN")
}

func TestEveryDesignUnderEveryNoise(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds of simulation")
	}
	c := newTally()
	for noise := range noises {
		for layout := range layouts {
			laidOut(settings{seed: 1}, c, noise, layout, 1, 1)
			laidOut(settings{seed: 1}, c, noise, layout, 1, 1.5)
		}
	}
	for _, l := range layouts {
		assert.Equal(t, len(noises), c.of[l.name+" found"], l.name)
		assert.GreaterOrEqual(t, c.hit[l.name+" found"], 4, l.name)
	}
	assert.Equal(t, len(noises), c.of["randomisation"])
}

func TestSplice(t *testing.T) {
	doc, err := splice(document(), "thin", "new\n")
	require.NoError(t, err)
	assert.Equal(t, strings.Replace(document(), "<!-- simulated: thin -->\nold\n", "<!-- simulated: thin -->\nnew\n", 1), doc)
	_, err = splice("nothing", "thin", "new")
	assert.ErrorContains(t, err, `no markers for table "thin"`)
}

// The document of the project has a place for every table.
func TestTheDocumentHasAllMarkers(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "docs", "statistics.md"))
	require.NoError(t, err)
	for _, e := range experiments {
		text, err := splice(string(doc), e.name, "")
		require.NoError(t, err)
		assert.Less(t, len(text), len(doc), "table %s is empty", e.name)
	}
}

func TestSplicedChangesEveryTable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "doc.md")
	require.NoError(t, os.WriteFile(path, []byte(document()), 0o644))
	tables := map[string]string{}
	for _, e := range experiments {
		tables[e.name] = "new " + e.name + "\n"
	}
	text, err := spliced(path, tables)
	require.NoError(t, err)
	assert.NotContains(t, text, "old")
	for _, e := range experiments {
		assert.Contains(t, text, "new "+e.name)
	}
	unchanged, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, document(), string(unchanged))
	require.NoError(t, os.WriteFile(path, []byte("no markers"), 0o644))
	_, err = spliced(path, tables)
	assert.ErrorContains(t, err, `no markers for table "alarms"`)
}

func TestArguments(t *testing.T) {
	var out, log bytes.Buffer
	assert.Error(t, run([]string{"-nothing"}, &out, &log))
	assert.ErrorContains(t, run([]string{"-only", "mde,nonsense"}, &out, &log), `no table "nonsense"; want alarms, truth,`)
	assert.Empty(t, out.String(), "nothing is simulated first")
	assert.Error(t, run([]string{"-doc", filepath.Join(t.TempDir(), "missing")}, &out, &log))
}

func TestTableWords(t *testing.T) {
	c := newTally()
	for i := range 40 {
		c.note("x", i < 3)
		c.value("v", float64(i))
	}
	assert.Equal(t, "7.5", c.share("x"))
	assert.Equal(t, "-", c.share("none"))
	assert.Equal(t, 19.5, c.median("v"))
	mean, sd := c.moments("v")
	assert.InDelta(t, 19.5, mean, 1e-9)
	assert.InDelta(t, 11.69, sd, .01)
	table := &table{}
	table.add("a", "b")
	table.add("1", "2")
	assert.Equal(t, "| a | b |\n|---|---|\n| 1 | 2 |\n", table.String())
}
