package completion

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/setting"
)

// shopCommands are a program with a flag of each sort.
func shopCommands() []Command {
	set := setting.Check(setting.Text)
	own := setting.NewTable(setting.Section{Options: []setting.Option{
		{Flag: "users", Short: "u", Takes: "N", Help: "users: how many, [at most] it's 5", Set: set},
		{Flag: "wire", Takes: "net/http|fast", Help: "what requests go over", Set: set},
		{Flag: "html", Takes: "FILE", Help: `a "report"`, Set: set},
		{Flag: "tags", Short: "T", Takes: "TAGS", Many: true, Help: `back\slash, $HOME and %`, Set: set},
		{Flag: "headless", Switch: true, Help: "no page", Set: set},
		{Flag: "hidden", Hidden: true, Set: set},
		{Flag: "gone", Removed: "gone", Set: set},
	}})
	serve := setting.NewTable(setting.Section{Options: []setting.Option{{Flag: "port", Short: "p", Takes: "PORT", Help: "port", Set: set}}})
	return []Command{{Table: own}, {Name: "serve", Help: "serve it", Table: serve}, {Name: "completion", Help: "print it", Words: Shells}}
}

// script writes the completion for a shell to a file.
func script(t *testing.T, shell string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "shop."+shell)
	file, err := os.Create(name)
	require.NoError(t, err)
	require.NoError(t, Write(file, shell, "my-shop", shopCommands()))
	require.NoError(t, file.Close())
	return name
}

// in runs a script of a shell, and skips where the shell is not installed, as .ci/run
// does before the tests.
func in(t *testing.T, shell string, args ...string) []string {
	t.Helper()
	if _, err := exec.LookPath(shell); err != nil {
		t.Skip(shell + " is not installed")
	}
	command := exec.Command(shell, args...)
	command.Env = append(os.Environ(), "HOME="+t.TempDir(), "XDG_CONFIG_HOME="+t.TempDir())
	out, err := command.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return strings.Split(strings.TrimRight(string(out), "\n"), "\n")
}

func TestCompletionInBash(t *testing.T) {
	file := script(t, "bash")
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "my report.html"), nil, 0o600))
	for _, x := range []struct {
		words string // of the line, the last one is completed
		want  string
	}{
		{"my-shop --", "--users --wire --html --tags --headless"},
		{"my-shop ''", "--users --wire --html --tags --headless serve completion"},
		{"my-shop se", "serve"},
		{"my-shop --headless se", ""},
		{"my-shop --wire ''", "net/http fast"},
		{"my-shop --wire = f", "fast"},
		{"my-shop --wire =", "net/http fast"},
		{"my-shop -u ''", ""},
		{"my-shop serve --", "--port"},
		{"my-shop serve --wire ''", "--port"},
		{"my-shop completion z", "zsh"},
		{"my-shop --html " + folder + "/my", folder + "/my report.html"},
	} {
		got := in(t, "bash", "--norc", "-c", "source "+file+"; COMP_WORDS=("+x.words+"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _my_shop; echo \"${COMPREPLY[*]}\"")
		assert.Equal(t, x.want, strings.Join(got, "\n"), x.words)
	}
}

func TestCompletionInFish(t *testing.T) {
	file := script(t, "fish")
	for line, want := range map[string]string{
		"my-shop --":           "--headless --html --tags --users --wire",
		"my-shop s":            "serve",
		"my-shop --wire ":      "fast net/http",
		"my-shop --wire=f":     "--wire=fast",
		"my-shop serve --":     "--port",
		"my-shop completion z": "zsh",
	} {
		if testing.Short() && line != "my-shop --" {
			continue // fish takes long to start
		}
		var got []string
		for _, offer := range in(t, "fish", "--no-config", "-c", "source "+file+"; complete -C '"+line+"'") {
			word, help, _ := strings.Cut(offer, "\t")
			got = append(got, word)
			if word == "--users" {
				assert.Equal(t, "users: how many, [at most] it's 5", help)
			}
			if word == "--tags" {
				assert.Equal(t, `back\slash, $HOME and %`, help)
			}
		}
		slices.Sort(got)
		assert.Equal(t, want, strings.Join(got, " "), line)
	}
}

// What _arguments of zsh makes of the specifications is its own; here it is that it gets them whole.
func TestCompletionInZsh(t *testing.T) {
	file := script(t, "zsh")
	arguments := `_arguments() { print -rl -- "$@" }; compdef() { }; source ` + file + "; "
	assert.Equal(t, []string{
		`(-u --users)-u[users\: how many, \[at most\] it's 5]:N: `,
		`(-u --users)--users=[users\: how many, \[at most\] it's 5]:N: `,
		`--wire=[what requests go over]:wire:(net/http fast)`,
		`--html=[a "report"]:FILE:_files`,
		`*-T[back\\slash, $HOME and %]:TAGS: `,
		`*--tags=[back\\slash, $HOME and %]:TAGS: `,
		`--headless[no page]`,
		`1:command:((serve\:"serve it" completion\:"print it"))`,
	}, in(t, "zsh", "-f", "-c", arguments+"CURRENT=2; words=(my-shop -); _my_shop"))
	assert.Equal(t, []string{`(-p --port)-p[port]:PORT: `, `(-p --port)--port=[port]:PORT: `},
		in(t, "zsh", "-f", "-c", arguments+"CURRENT=3; words=(my-shop serve -); _my_shop"))
	assert.Equal(t, []string{`1:completion:(bash zsh fish)`}, in(t, "zsh", "-f", "-c", arguments+"CURRENT=3; words=(my-shop completion -); _my_shop"))
	assert.Equal(t, []string{"_my_shop"}, in(t, "zsh", "-f", "-c", "autoload -Uz compinit; compinit -u -D; source "+file+"; print $_comps[my-shop]"))
}

func TestCompletionOfAnotherShell(t *testing.T) {
	assert.EqualError(t, Write(nil, "tcsh", "shop", nil), `no completion for "tcsh"; accepted: bash, zsh, fish`)
}
