package samples

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/part"
)

// read hands settings to a part.
func read(t *testing.T, c Config, args string, env map[string]string) *asPart {
	t.Helper()
	p := &asPart{config: c}
	p.file.V = c.File
	require.NoError(t, setting.NewTable(setting.Section{Options: p.options()}).Read(strings.Fields(args), env))
	return p
}

func TestSettingsReachTheExporter(t *testing.T) {
	dir := t.TempDir()
	p := read(t, Config{}, "--samples-share 1% --samples-limit=500MB", map[string]string{"LOAD_SAMPLES": filepath.Join(dir, "a", "x.csv.gz")})
	require.NoError(t, p.check())
	running, err := p.start(t.Context(), part.Setup{Log: new(journal).logger()})
	require.NoError(t, err)
	c := running.Observer.(*Exporter).config
	assert.Equal(t, []any{filepath.Join(dir, "a", "x.csv.gz"), 0.01, int64(500e6)}, []any{c.File, c.Share, c.Limit})
	own := read(t, Config{File: filepath.Join(dir, "own.csv"), Share: 0.5, Limit: 1e7}, "", nil)
	running, err = own.start(t.Context(), part.Setup{Log: new(journal).logger()})
	require.NoError(t, err)
	c = running.Observer.(*Exporter).config
	assert.Equal(t, []any{filepath.Join(dir, "own.csv"), 0.5, int64(1e7)}, []any{c.File, c.Share, c.Limit}, "what nothing sets stays the program's")
}

func TestWhatAsksForThePart(t *testing.T) {
	for args, want := range map[string]bool{"": false, "--samples x.csv": true, "--samples=": false, "--samples-share 1%": false} {
		p := read(t, Config{}, args, nil)
		wanted, _ := p.wanted(false)
		assert.Equal(t, want, wanted, args)
	}
}

func TestSettingsThatAreRefused(t *testing.T) {
	for args, says := range map[string]string{
		"--samples=run.json":         `--samples="run.json"; accepted: a name that ends in .jsonl or .csv`,
		"--samples=run.csv.bz2":      `accepted: a name that ends in`,
		"--samples-share=0":          `--samples-share="0"; accepted: a share such as 1%`,
		"--samples-share=101%":       `accepted: a share`,
		"--samples-share=some":       `accepted: a share`,
		"--samples-limit=10":         `--samples-limit="10"; accepted: a size of at least 2MB`,
		"--samples-limit=10 parsecs": `accepted: a size`,
		"--samples-limit=1e300GB":    `accepted: a size`,
		"--samples-limit=NaNGB":      `accepted: a size`,
	} {
		p := new(asPart)
		err := setting.NewTable(setting.Section{Options: p.options()}).Read([]string{args}, nil)
		require.ErrorContains(t, err, says)
	}
	for text, want := range map[string]int64{"2MB": 2e6, "10GB": 1e10, "2.5 GB": 25e8, "3MiB": 3 << 20, "2097152": 2 << 20, "5000000B": 5e6, "5000KB": 5e6} {
		got, err := size(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got)
	}
}

// TestPlacesThatAreRefused before there is load.
func TestPlacesThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, read(t, Config{}, "--samples "+filepath.Join(dir, "x.csv", "y.csv"), nil).check(), "folders are made")
	file := filepath.Join(dir, "x.csv")
	require.ErrorContains(t, read(t, Config{}, "--samples "+file, nil).check(), `--samples="`+file+`": is a folder`)
}

// TestAFileThatIsTaken is refused before there is load, as those of the command are.
func TestAFileThatIsTaken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.csv")
	unlock, err := output.Lock(file)
	require.NoError(t, err)
	p := read(t, Config{}, "--samples "+file, nil)
	_, err = p.start(t.Context(), part.Setup{Log: new(journal).logger()})
	require.ErrorContains(t, err, `--samples="`+file+`": another process writes there; accepted: a separate name for each run`)
	unlock()
	_, err = p.start(t.Context(), part.Setup{Log: new(journal).logger()})
	require.NoError(t, err)
}

// TestRunsOfSeveralProcesses have their requests elsewhere: refused in the coordinator and in workers.
func TestRunsOfSeveralProcesses(t *testing.T) {
	for _, s := range []part.Setup{{Worker: true}, {Coordinates: true}} {
		_, err := read(t, Config{}, "--samples x.csv", nil).start(t.Context(), s)
		require.ErrorContains(t, err, `--samples="x.csv": the requests of a run of several processes are with its workers`)
		assert.IsType(t, new(setting.Error), err)
		assert.NotContains(t, err.Error(), "\n")
	}
}

// TestOptionsAreDescribed holds docs/command.md against the options of the part.
func TestOptionsAreDescribed(t *testing.T) {
	page, err := os.ReadFile("../../docs/command.md")
	require.NoError(t, err)
	for _, o := range new(asPart).options() {
		assert.Contains(t, string(page), "| `--"+o.Flag+"` | `"+o.Env[0]+"` |")
	}
}
