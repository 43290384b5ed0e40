package html

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"regexp"

	"github.com/gensim/load-generator/report/internal/page"
)

// reportModules are what the charts of a report need, each after what it
// imports.
var reportModules = []string{"format.js", "axis.js", "bands.js", "chart.js", "group.js", "heat.js", "plots.js", "report.js"}

var (
	importLine = regexp.MustCompile(`(?m)^import .*\n`)
	exportWord = regexp.MustCompile(`(?m)^export `)
)

// module returns the script of a module: the report's own, or a shared one.
func module(name string) []byte {
	if page.Has(name) {
		return page.Asset(name)
	}
	return asset(name)
}

// bundle makes one module of several: a report is one file, and modules cannot
// be imported from inside the file they are in. It asks of the modules that
// imports take one line and rename nothing, and that no two of them use the
// same name at the top, which a test checks by running the result.
func bundle(names []string) []byte {
	var out bytes.Buffer
	for _, name := range names {
		text := importLine.ReplaceAll(module(name), nil)
		out.Write(exportWord.ReplaceAll(text, nil))
	}
	// Nothing in a script element may look like its end.
	return bytes.ReplaceAll(out.Bytes(), []byte("</"), []byte(`<\/`))
}

// digest names an inline block in a content security policy.
func digest(block []byte) string {
	sum := sha256.Sum256(block)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
