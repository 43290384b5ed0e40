package loadgenerator

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// read returns the text of a file.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

// module is the path of the module, with a slash.
const module = "github.com/gensim/load-generator/"

// goPackage is what go list says of a package.
type goPackage struct {
	ImportPath, Dir, Doc string
	Imports, TestGoFiles []string
	XTestGoFiles         []string
	GoFiles              []string
}

// packages lists all packages of the module, once for all tests.
func packages(t *testing.T) []goPackage {
	t.Helper()
	all, err := listed()
	require.NoError(t, err)
	return all
}

// listed asks go list.
var listed = sync.OnceValues(func() (all []goPackage, err error) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,Doc,Imports,GoFiles,TestGoFiles,XTestGoFiles", "./...").Output()
	if err != nil {
		return nil, err
	}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
})
