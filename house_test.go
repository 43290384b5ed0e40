package loadgenerator

import (
	"debug/buildinfo"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// mayImport is the import direction of docs/design.md, section 2: which
// packages of this module each package's code, tests aside, may import. Every
// package but a program has a rule.
var mayImport = map[string]struct {
	below  []string
	reason string
}{
	"dist":                            {[]string{"dist/internal/exact"}, "distributions are a leaf: they know nothing of users or requests"},
	"dist/internal/exact":             {nil, "functions of numbers know nothing else"},
	"report/hist":                     {nil, "a histogram knows nothing of what is measured"},
	"report/timing":                   {[]string{"report/hist"}, "the parts of a response time know nothing of who measures them"},
	"report":                          {[]string{"report/look", "report/hist", "report/timing", "report/internal/figure"}, "what a run came to knows nothing of how load is made or measured"},
	"report/look":                     {nil, "when a run is looked at is data"},
	"report/outline":                  {[]string{"report"}, "what a run is besides its figures is data"},
	"report/record":                   {[]string{"report", "report/hist", "report/timing", "report/internal/figure"}, "a recorder takes samples, wherever they come from"},
	"report/samplefile":               {[]string{"report", "report/record"}, "files of samples are read and written without engine and command"},
	"report/internal/figure":          {[]string{"report/hist"}, "a script's figures are histograms"},
	"report/measure":                  {[]string{"report", "report/record", "report/timing", "dist", "dist/stream"}, "a task's spans know nothing of the engine that runs it"},
	"dist/stream":                     {nil, "a random stream knows nothing of what is drawn from it"},
	"scenario":                        {[]string{"dist", "dist/stream"}, "a script's words need distributions, random streams and nothing else"},
	"scenario/feed":                   {[]string{"scenario"}, "test data is dealt by what a user knows about itself"},
	"phase":                           {[]string{"scenario", "dist", "dist/stream"}, "a plan is data; a phase may change the pacer"},
	"report/effect":                   {[]string{"report", "report/look", "report/effect/internal/series", "report/effect/internal/stats"}, "effects are computed from reports alone"},
	"phase/hook":                      {[]string{"phase"}, "importing a plan compiles no HTTP client"},
	"report/claim":                    {[]string{"report", "report/effect", "report/effect/recovery"}, "claims are judged by reports, whatever made them"},
	"report/brief":                    {[]string{"report", "report/effect", "report/effect/recovery", "report/effect/capacity", "report/effect/capacity/account", "report/claim", "report/internal/page"}, "a brief sums up reports, effects and claims"},
	"report/compare":                  {[]string{"report", "report/effect", "report/claim", "report/brief"}, "runs are compared by their Summaries alone"},
	"report/locust":                   {[]string{"report", "report/outline", "report/hist"}, "Locust's formats are written from reports alone"},
	"report/html":                     {[]string{"report", "report/outline", "report/effect", "report/effect/recovery", "report/effect/capacity", "report/effect/capacity/account", "report/claim", "report/locust", "report/internal/markup", "report/internal/page"}, "a report in one file compiles no server"},
	"report/web":                      {[]string{"report", "report/outline", "report/effect", "report/effect/capacity", "report/effect/capacity/account", "report/claim", "report/compare", "report/html", "report/locust", "report/internal/markup", "report/internal/page"}, "the page sees the engine through its own interface"},
	"loadgen":                         {[]string{"scenario", "phase", "report", "report/look", "report/outline", "report/record", "report/measure", "dist", "dist/stream", "loadgen/internal/machine", "loadgen/internal/alarm", "loadgen/internal/canonical", "loadgen/internal/crowd"}, "importing the engine compiles no client, page, command line or Datadog"},
	"loadgen/httpclient":              {[]string{"report", "report/measure", "report/timing", "loadgen/httpclient/internal/wire"}, "the client is used by scripts, not by the engine"},
	"loadgen/loadtest":                {[]string{"loadgen", "report", "report/effect", "report/claim", "report/brief", "report/html"}, "a test needs the engine and its reports, no command line and no Datadog"},
	"loadgen/staircase":               {[]string{"loadgen", "phase", "report", "report/effect", "report/effect/capacity", "report/effect/capacity/account", "report/claim"}, "a search needs the engine and what its holds came to, no command line"},
	"loadgen/datadog":                 {[]string{"report", "report/hist", "report/record", "report/measure", "loadgen/httpclient", "loadgen/internal/metrics", "loadgen/internal/sampling", "loadgen/part", "loadgen/cli/setting"}, "tracing sees runs through measure's Observer, and is a part that no command imports"},
	"loadgen/otel":                    {[]string{"report", "report/hist", "report/measure", "loadgen/httpclient", "loadgen/internal/metrics", "loadgen/internal/sampling", "loadgen/part", "loadgen/cli/setting"}, "tracing sees runs through measure's Observer, and is a part that no command imports"},
	"loadgen/cluster":                 {[]string{"loadgen", "loadgen/part", "loadgen/cli/setting", "report", "report/record", "report/measure", "dist/stream", "loadgen/internal/machine", "loadgen/cluster/leftover", "loadgen/cluster/internal/bus", "loadgen/cluster/internal/clocks", "loadgen/cluster/internal/lines"}, "a run of several processes sees the engine through its Fleet and its Member"},
	"loadgen/cluster/leftover":        {[]string{"report", "report/record"}, "what workers leave is merged without engine and bus"},
	"loadgen/prometheus":              {[]string{"report", "report/hist", "report/measure", "loadgen/internal/metrics", "loadgen/part", "loadgen/cli/setting"}, "metrics see runs through measure's Observer, and are a part that no command imports"},
	"loadgen/samples":                 {[]string{"report", "report/record", "report/measure", "report/samplefile", "loadgen/internal/metrics", "loadgen/internal/sampling", "loadgen/part", "loadgen/cli/setting"}, "samples see runs through measure's Observer, and are a part that no command imports"},
	"loadgen/cli/setting":             {[]string{"dist"}, "settings know neither the command nor what they set"},
	"loadgen/internal/alarm":          {nil, "waking precisely needs nothing else"},
	"loadgen/internal/canonical":      {nil, "it writes any Go values"},
	"loadgen/internal/metrics":        {[]string{"report", "report/hist", "report/measure", "loadgen/cli/setting"}, "what a system of metrics sees of a run knows none of these systems"},
	"loadgen/internal/sampling":       {[]string{"report", "dist/stream", "loadgen/cli/setting"}, "which tasks are traced knows no tracer"},
	"loadgen/internal/crowd":          {[]string{"phase"}, "it follows the plan alone"},
	"loadgen/part":                    {[]string{"loadgen", "report", "report/measure", "loadgen/cli/setting"}, "what a part is knows neither the command nor any part"},
	"loadgen/cli/internal/classes":    {[]string{"scenario"}, "it reads what is set of kinds of users"},
	"loadgen/cli/internal/completion": {[]string{"loadgen/cli/setting"}, "it reads what options there are"},
	"loadgen/cli":                     {[]string{"loadgen", "loadgen/internal/machine", "loadgen/cli/setting", "loadgen/cli/internal/completion", "loadgen/cli/internal/terminal", "loadgen/cli/internal/classes", "loadgen/cli/internal/climb", "loadgen/staircase", "loadgen/httpclient", "loadgen/part", "scenario", "phase", "phase/hook", "dist", "dist/stream", "report", "report/look", "report/outline", "report/hist", "report/measure", "report/effect", "report/effect/looks", "report/effect/capacity", "report/effect/capacity/account", "report/claim", "report/brief", "report/compare", "report/html", "report/locust", "report/web"}, "a command knows no scenario, and no part: a program links the parts that it names"},
	"todo":                            {[]string{"scenario", "loadgen/httpclient", "dist", "dist/stream"}, "a scenario does not know how it is run"},

	"report/effect/capacity":         {[]string{"report", "report/effect", "report/effect/internal/series", "report/effect/internal/stats"}, "a search is a function of its holds, whatever makes the load"},
	"report/effect/capacity/account": {[]string{"report", "report/effect", "report/effect/capacity", "report/claim"}, "what a search came to is read and judged without engine and command"},
	"loadgen/cli/internal/climb":     {[]string{"loadgen/cli/setting", "loadgen/staircase", "report", "report/claim", "report/effect/capacity", "report/effect/capacity/account"}, "a search of the command knows its options, not the command"},
	"report/effect/looks":            {[]string{"report", "report/look", "report/effect"}, "looks are planned and judged by reports alone; the engine only asks"},
	"report/effect/recovery":         {[]string{"report", "report/effect", "report/effect/internal/series", "report/effect/internal/stats"}, "recovery times are computed from reports alone"},
}

// only lists the libraries that belong to some packages and no others.
var only = map[string][]string{
	"gonum.org/":                    {"report/effect/internal/stats"},
	"github.com/spf13/pflag":        {"loadgen/cli/setting"},
	"golang.org/x/term":             {"loadgen/cli"},
	"github.com/BurntSushi/toml":    {"loadgen/cli/setting"},
	"github.com/DataDog/":           {"loadgen/datadog"},
	"github.com/prometheus/":        {"loadgen/prometheus"},
	"github.com/klauspost/compress": {"loadgen/prometheus", "report/samplefile"},
	"go.opentelemetry.io/":          {"loadgen/otel"},
	"google.golang.org/":            {"(tests)"},
	"github.com/nats-io/":           {"loadgen/cluster/internal/bus"},
	"github.com/valyala/":           {"(tests)"},
	"github.com/brianvoe/":          {"todo"},
	"github.com/Shopify/":           {"examples/chaos"},
	"github.com/stretchr/testify":   {"(tests)"},
	"github.com/chromedp/":          {"(tests)"},
	"go.uber.org/goleak":            {"(tests)"},
	"pgregory.net/rapid":            {"(tests)"},
}

func TestImportDirection(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		rule, ruled := mayImport[name]
		assert.True(t, ruled || isProgram(name), "%s has no rule in mayImport; write what it may import and why", name)
		for _, imported := range p.Imports {
			own, ok := strings.CutPrefix(imported, module)
			assert.False(t, ok && strings.HasPrefix(name, "internal/"), "%s imports %s, but what every package may import is a leaf", name, own)
			if ok && !strings.HasPrefix(own, "internal/") {
				assert.False(t, ruled && !slices.Contains(rule.below, own), "%s imports %s, but %s", name, own, rule.reason)
			}
			for prefix, homes := range only {
				if strings.HasPrefix(imported, prefix) {
					assert.True(t, slices.ContainsFunc(homes, func(h string) bool { return strings.HasPrefix(name, h) }),
						"%s imports %s, which belongs to %v only", name, imported, homes)
				}
			}
		}
	}
}

// TestInternalPackagesNest: a package stands in the root's internal folder only if
// packages of several top-level folders import it, since Go would hide it from all
// but one of these anywhere else. docs/design.md, section 2, says which and why.
func TestInternalPackagesNest(t *testing.T) {
	users := map[string]map[string]bool{}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		if strings.HasPrefix(name, "internal/") && users[name] == nil {
			users[name] = map[string]bool{}
		}
		for _, imported := range p.Imports {
			own, ok := strings.CutPrefix(imported, module)
			if !ok || !strings.HasPrefix(own, "internal/") {
				continue
			}
			if users[own] == nil {
				users[own] = map[string]bool{}
			}
			folder, _, _ := strings.Cut(name, "/")
			users[own][folder] = true
		}
	}
	require.NotEmpty(t, users)
	for name, folders := range users {
		assert.Greater(t, len(folders), 1, "%s serves %v alone; it belongs into an internal folder below", name, folders)
	}
}

// isProgram: programs, the parts inside a package and the root may import what
// they like.
func isProgram(name string) bool {
	for _, part := range []string{"examples/", "cmd/", "internal/", "simulate", "browsertest", "cli/e2e", "gensim/load-generator"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

func TestEveryPackageIsDocumented(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		assert.NotEmpty(t, p.Doc, "%s has no package comment", name)
		for _, missing := range undocumented(t, p) {
			assert.Fail(t, "exported and not documented", "%s: %s", name, missing)
		}
		if _, ruled := mayImport[name]; ruled {
			assert.True(t, hasExample(t, p), "%s has no runnable Example", name)
		}
	}
}

// undocumented lists the exported names of a package without a doc comment.
func undocumented(t *testing.T, p goPackage) (names []string) {
	fset := token.NewFileSet()
	var files []*ast.File
	for _, f := range p.GoFiles {
		parsed, err := parser.ParseFile(fset, filepath.Join(p.Dir, f), nil, parser.ParseComments)
		require.NoError(t, err)
		files = append(files, parsed)
	}
	d, err := doc.NewFromFiles(fset, files, p.ImportPath)
	require.NoError(t, err)
	note := func(name, text string) {
		if strings.TrimSpace(text) == "" {
			names = append(names, name)
		}
	}
	for _, f := range d.Funcs {
		note(f.Name, f.Doc)
	}
	for _, ty := range d.Types {
		note(ty.Name, ty.Doc)
		for _, f := range append(ty.Funcs, ty.Methods...) {
			note(ty.Name+"."+f.Name, f.Doc)
		}
	}
	return names
}

func hasExample(t *testing.T, p goPackage) bool {
	for _, f := range append(p.TestGoFiles, p.XTestGoFiles...) {
		text, err := os.ReadFile(filepath.Join(p.Dir, f))
		require.NoError(t, err)
		if strings.Contains(string(text), "\nfunc Example") && strings.Contains(string(text), "// Output:") {
			return true
		}
	}
	return false
}

// A package that needs more is several: see "Where things live" in CONTRIBUTING.md.
const (
	mostFiles    = 25 // of code, tests aside, for all platforms together
	mostExported = 90 // constants, variables, functions and types
)

// twins are the pairs of names of one package that may differ by the case of
// their first letter alone, and why.
var twins = map[string]string{}

// TestRooms: no package is so large that its listing says nothing, and no two of
// its names differ by a capital, which readers do not hear.
func TestRooms(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		files, names := declared(t, p.Dir)
		assert.LessOrEqual(t, files, mostFiles, "files of code in %s", name)
		exported := 0
		for n := range names {
			if !ast.IsExported(n) {
				continue
			}
			exported++
			lower := strings.ToLower(n[:1]) + n[1:]
			assert.False(t, names[lower] && twins[name+"."+n] == "", "%s has both %s and %s", name, n, lower)
		}
		assert.LessOrEqual(t, exported, mostExported, "exported names of %s", name)
	}
}

// hides are the methods that may hide one of an embedded type, and why.
var hides = map[string]string{
	"loadgen/datadog.unseen.End": "a request ends with an outcome, its task does not",
}

// TestNoMethodHidesAnother: no type has a method of the name of one that it gets
// from a type of this module that it embeds: the same call would mean another thing
// one level down. Interfaces are embedded to be wrapped.
func TestNoMethodHidesAnother(t *testing.T) {
	methods, embedded := map[string][]string{}, map[string][]string{} // by type, with its package
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		for _, file := range p.GoFiles {
			collectTypes(t, name, filepath.Join(p.Dir, file), methods, embedded)
		}
	}
	found := 0
	for outer := range embedded {
		var under func(inner, below string)
		under = func(inner, below string) {
			for _, m := range methods[inner] {
				found++
				assert.False(t, slices.Contains(methods[outer], m) && hides[outer+"."+m] == "", "%s.%s hides that of %s", outer, m, below)
			}
			for _, next := range embedded[inner] {
				under(next, next)
			}
		}
		for _, inner := range embedded[outer] {
			under(inner, inner)
		}
	}
	require.Greater(t, found, 20, "methods of embedded types")
}

// collectTypes adds the methods of the types of a file, and the types of this module
// that its structs embed.
func collectTypes(t *testing.T, name, path string, methods, embedded map[string][]string) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	imported := map[string]string{}
	for _, i := range file.Imports {
		if from, ours := strings.CutPrefix(strings.Trim(i.Path.Value, `"`), module); ours {
			imported[from[strings.LastIndex(from, "/")+1:]] = from
		}
	}
	typeName := func(x ast.Expr) string {
		if star, ok := x.(*ast.StarExpr); ok {
			x = star.X
		}
		if index, ok := x.(*ast.IndexExpr); ok {
			x = index.X
		}
		switch x := x.(type) {
		case *ast.Ident:
			return name + "." + x.Name
		case *ast.SelectorExpr:
			return imported[x.X.(*ast.Ident).Name] + "." + x.Sel.Name
		}
		return ""
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv != nil {
				on := typeName(n.Recv.List[0].Type)
				methods[on] = append(methods[on], n.Name.Name)
			}
		case *ast.TypeSpec:
			if s, ok := n.Type.(*ast.StructType); ok {
				for _, f := range s.Fields.List {
					if f.Names == nil {
						embedded[name+"."+n.Name.Name] = append(embedded[name+"."+n.Name.Name], typeName(f.Type))
					}
				}
			}
		}
		return true
	})
}

// declared counts the files of code of a folder and collects the names that they
// declare at package level.
func declared(t *testing.T, dir string) (files int, names map[string]bool) {
	names = map[string]bool{}
	parsed, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	for _, path := range parsed {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		files++
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				names[d.Name.Name] = names[d.Name.Name] || d.Recv == nil
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						names[spec.Name.Name] = true
					case *ast.ValueSpec:
						for _, n := range spec.Names {
							names[n.Name] = true
						}
					}
				}
			}
		}
	}
	maps.DeleteFunc(names, func(_ string, here bool) bool { return !here })
	return files, names
}

// program is a consumer's, built from a separate module.
type program struct {
	gomod    string
	modules  []string // that are linked
	bytes    int64    // as go build makes it
	released int64    // as a release has it, without symbols
}

// consumer builds a program.
func consumer(t *testing.T, code string) program {
	t.Helper()
	here, err := os.Getwd()
	require.NoError(t, err)
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	write("go.mod", "module consumer\n\ngo 1.26.0\n\nrequire github.com/gensim/load-generator v0.0.0\n\nreplace github.com/gensim/load-generator => "+here+"\n")
	write("main.go", "package main\n\n"+code)
	for _, args := range [][]string{{"mod", "tidy"}, {"build", "-o", "consumer", "."}, {"build", "-ldflags=-s -w", "-o", "released", "."}} {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod -trimpath", "GOWORK=off")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "go %v: %s", args, out)
	}
	gomod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	require.NoError(t, err)
	info, err := buildinfo.ReadFile(filepath.Join(dir, "consumer"))
	require.NoError(t, err)
	file, err := os.Stat(filepath.Join(dir, "consumer"))
	require.NoError(t, err)
	released, err := os.Stat(filepath.Join(dir, "released"))
	require.NoError(t, err)
	p := program{gomod: string(gomod), bytes: file.Size(), released: released.Size()}
	for _, m := range info.Deps {
		p.modules = append(p.modules, m.Path)
	}
	return p
}

// TestProgramsStaySmall: a program links what it names. Without the command there is no
// flag library, and of the libraries of parts each brings its own alone.
func TestProgramsStaySmall(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	const (
		engine = `import "github.com/gensim/load-generator/loadgen"; func main() { _, _ = loadgen.Runner{}.Run(nil) }`
		plain  = `import "github.com/gensim/load-generator/loadgen/cli"; func main() { cli.Main(cli.App{}) }`
		traced = `import "github.com/gensim/load-generator/loadgen/cli"; import "github.com/gensim/load-generator/loadgen/datadog"; import "github.com/gensim/load-generator/loadgen/part"
			func main() { cli.Main(cli.App{Parts: []part.Part{datadog.Part(datadog.Config{})}}) }`
	)
	var alone int64       // bytes of the command without parts, as released
	const crew = 12 << 20 // that several processes may add to it
	for _, c := range []struct {
		name, code string
		modules    int   // at most; 0: any number
		bytes      int64 // at most, as released, on linux/amd64
		without    []string
	}{
		{"the engine alone", engine, 4, 4.5 * (1 << 20), []string{"DataDog", "pflag", "x/term", "toml", "fasthttp", "gofakeit", "chromedp", "toxiproxy", "gonum", "prometheus", "opentelemetry"}},
		{"the command without parts", plain, 15, 13 << 20, []string{"DataDog", "fasthttp", "gofakeit", "chromedp", "toxiproxy", "prometheus", "opentelemetry"}},
		{"the command with Prometheus", strings.NewReplacer("datadog", "prometheus").Replace(traced), 24, 0, []string{"DataDog", "fasthttp", "gofakeit", "chromedp", "toxiproxy"}},
		{"the command with OpenTelemetry", strings.NewReplacer("datadog", "otel").Replace(traced), 36, 0, []string{"DataDog", "fasthttp", "gofakeit", "chromedp", "toxiproxy", "prometheus"}},
		{"the command with samples", strings.NewReplacer("datadog", "samples").Replace(traced), 16, 0, []string{"DataDog", "fasthttp", "gofakeit", "chromedp", "toxiproxy", "prometheus", "nats"}},
		{"the command with several processes", strings.NewReplacer("datadog.Config", "cluster.Options", "datadog", "cluster").Replace(traced), 30, 0, []string{"DataDog", "fasthttp", "gofakeit", "chromedp", "toxiproxy", "prometheus"}},
		{"the command with Datadog", traced, 0, 0, []string{"fasthttp", "gofakeit", "chromedp", "toxiproxy", "prometheus", "opentelemetry.io/otel/sdk"}},
	} {
		p := consumer(t, c.code)
		t.Logf("%s: %d modules, %.1f MB, %.1f as released", c.name, len(p.modules), float64(p.bytes)/(1<<20), float64(p.released)/(1<<20))
		assert.Contains(t, p.modules, "golang.org/x/sys", c.name)
		if c.modules > 0 {
			assert.LessOrEqual(t, len(p.modules), c.modules, "%s links %v", c.name, p.modules)
		}
		switch c.name {
		case "the command without parts":
			alone = p.released
		case "the command with several processes":
			assert.LessOrEqual(t, p.released-alone, int64(crew), "NATS's server is the largest part of it")
		}
		if c.bytes > 0 && runtime.GOOS == "linux" && runtime.GOARCH == "amd64" {
			assert.LessOrEqual(t, p.released, c.bytes, c.name)
		}
		for _, heavy := range c.without {
			assert.NotContains(t, strings.Join(p.modules, " "), heavy, c.name)
			if c.name == "the engine alone" {
				assert.NotContains(t, p.gomod, heavy, c.name)
			}
		}
	}
}
