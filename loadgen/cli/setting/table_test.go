package setting

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestBlanksAroundASettingOfAFile: whatever stands around the value in a file is not
// part of it.
func TestBlanksAroundASettingOfAFile(t *testing.T) {
	for _, blank := range []string{" ", "\t", "\n", "\r\n", "\v\f", " \n\n ", "\u00a0", "\u2003\u2028", "\u3000", "\u0085", "\ufeff", "\u200b", "\x00"} {
		for _, text := range []string{"a  b" + blank, blank + "a  b", blank + "a  b" + blank} {
			var v Value[string]
			table := NewTable(Section{Options: []Option{{Flag: "name", Set: Into(&v, Text)}}})
			require.NoError(t, table.Read(nil, nil, File{"locust.conf", []entry{{"name", []string{text}}}}))
			assert.Equal(t, "a  b", v.V, "%q", text)
		}
	}
}

// read is a table of two options, after it has read a command line, variables and
// the lines of a file.
func read(t *testing.T, args []string, env map[string]string, lines string) (users, seed Value[int], err error) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "locust.conf"), lines)
	files, err := ReadFiles("", dir, "")
	require.NoError(t, err)
	table := NewTable(Section{Heading: "Load", Options: []Option{
		{Flag: "users", Env: []string{"LOCUST_USERS"}, Accepts: "a whole number", Set: Into(&users, Int)},
		{Flag: "seed", Env: []string{"LOAD_SEED"}, Default: "1", Accepts: "a whole number", Set: Into(&seed, Int)},
	}})
	err = table.Read(args, env, files...)
	return users, seed, err
}

func TestASourceKnowsHowStrongItIs(t *testing.T) {
	flag, byDefault, err := read(t, []string{"--users=3"}, nil, "")
	require.NoError(t, err)
	other, ours, err := read(t, nil, map[string]string{"LOCUST_USERS": "4", "LOAD_SEED": "5"}, "")
	require.NoError(t, err)
	file, _, err := read(t, nil, nil, "users = 6")
	require.NoError(t, err)
	none, _, err := read(t, nil, nil, "")
	require.NoError(t, err)
	ordered := []*Source{&flag.Source, &ours.Source, &other.Source, &file.Source, &byDefault.Source}
	for i, from := range ordered {
		for j, than := range ordered {
			assert.Equal(t, i < j, from.Beats(than), "%s beats %s", from.Where(), than.Where())
		}
		assert.Equal(t, i < 4, from.Given(), from.Where())
		assert.Equal(t, i == 0, from.rank == fromFlag, from.Where())
	}
	assert.Equal(t, `--users="3" LOAD_SEED="5" LOCUST_USERS="4" locust.conf: users="6" --seed="1" --users`,
		flag.Where()+" "+ours.Where()+" "+other.Where()+" "+file.Where()+" "+byDefault.Where()+" "+none.Where())
	assert.Equal(t, []string{"--users", "locust.conf: users", "--users"}, []string{flag.Name(), file.Name(), none.Name()})
}

func TestAValueThatIsOverriddenDoesNoHarm(t *testing.T) {
	users, _, err := read(t, []string{"--users=3"}, map[string]string{"LOCUST_USERS": "x"}, "users = y")
	require.NoError(t, err)
	assert.Equal(t, 3, users.V)
	_, _, err = read(t, nil, map[string]string{"LOCUST_USERS": "x"}, "users = 3")
	require.EqualError(t, err, `LOCUST_USERS="x"; accepted: a whole number`)
}

// TestAnUnknownNameExplained: what explains it is the whole message, for a flag and for a
// key of a file; other unknown names keep theirs.
func TestAnUnknownNameExplained(t *testing.T) {
	table := func() *Table {
		table := NewTable(Section{Options: []Option{{Flag: "users", Set: Check(Int)}}})
		table.Explain(func(name string) string {
			if name == "trace" {
				return "needs another program"
			}
			return ""
		})
		return table
	}
	require.EqualError(t, table().Read([]string{"--trace=secret"}, nil), "--trace needs another program")
	require.EqualError(t, table().Read(nil, nil, File{"locust.conf", []entry{{"--trace", []string{"x"}}}}), "locust.conf: --trace needs another program")
	require.EqualError(t, table().Read([]string{"--user"}, nil), "--user: unknown flag; did you mean --users?")
}

// TestAGuessAtASwitch: the bare flag means true, whatever follows it.
func TestAGuessAtASwitch(t *testing.T) {
	var on Value[bool]
	NewTable(Section{Options: []Option{{Flag: "trace", Env: []string{"LOAD_TRACE"}, Switch: true, Set: Into(&on, Bool)}}})
	for text, args := range map[string][]string{"true": {"--trace", "--nosuch"}, "no": {"--nosuch", "--trace=no"}, "": {"--nosuch"}} {
		assert.Equal(t, text, Guess(&on.Source, args, nil))
	}
	assert.Equal(t, "yes", Guess(&on.Source, nil, map[string]string{"LOAD_TRACE": " yes\n"}))
}

// TestPreset: what another process was set to beats all but flags; what Portable writes Preset reads.
func TestPreset(t *testing.T) {
	var users Value[int]
	var names Value[[]string]
	var key Value[string]
	read := func(args []string, env map[string]string, texts map[string]string) error {
		table := NewTable(Section{Options: []Option{
			{Flag: "users", Env: []string{"LOAD_USERS"}, Default: "1", Accepts: "a number", Set: Into(&users, Int)},
			{Flag: "name", Env: []string{"LOAD_NAME"}, Many: true, Set: Items(&names)},
			{Flag: "key", Secret: true, Set: Into(&key, Text)},
		}})
		require.NoError(t, table.ReadCommand(args, env))
		if err := table.Preset("master", texts); err != nil {
			return err
		}
		return table.Set(nil)
	}
	require.NoError(t, read([]string{"--name=a, b", "--name=c", "--key=x"}, nil, nil))
	assert.Equal(t, `["a, b","c"]`, names.Portable())
	assert.Equal(t, "1", users.Portable())
	assert.True(t, key.Hides())
	assert.False(t, names.Hides())
	for range 2 { // the lists of an earlier table are not added to
		require.NoError(t, read(nil, nil, map[string]string{"users": "7", "name": `["a, b","c"]`}))
		assert.Equal(t, 7, users.V)
		assert.True(t, users.Given())
		assert.Equal(t, []string{"a, b", "c"}, names.V)
	}
	require.NoError(t, read(nil, map[string]string{"LOAD_USERS": "9"}, map[string]string{"users": "7"}))
	assert.Equal(t, 7, users.V)
	require.NoError(t, read([]string{"--users=9"}, nil, map[string]string{"users": "7"}))
	assert.Equal(t, 9, users.V)
	require.EqualError(t, read(nil, nil, map[string]string{"users": "x"}), `master --users="x"; accepted: a number`)
	require.EqualError(t, read(nil, nil, map[string]string{"user": "x"}), `master --user: this program has no such option`)
	require.EqualError(t, read(nil, nil, map[string]string{"name": "x"}), `master --name: is not a list in JSON`)
}
