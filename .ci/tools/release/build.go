package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/CycloneDX/cyclonedx-go"
)

// tags are the build tags of all programs: the time zones are inside them, and not gRPC's page of
// traces, whose templates make the linker keep every exported method.
const tags = "-tags=timetzdata,grpcnotrace"

// make writes all files of the release; SHA256SUMS is the last one, so a folder
// that has it is complete.
func (r *release) make(platforms []string, log io.Writer) error {
	work, err := os.MkdirTemp("", "release")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	for _, platform := range platforms {
		if err := r.platform(platform, filepath.Join(work, platform), log); err != nil {
			return fmt.Errorf("%s: %w", platform, err)
		}
	}
	if err := r.unchanged(); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(r.out, "NOTES.md"), []byte(r.notes), 0o666); err != nil {
		return err
	}
	return sums(r.out)
}

// platform builds the programs for a platform, lists what is in them, and packs
// them with documents and licences.
func (r *release) platform(platform, work string, log io.Writer) error {
	goos, goarch, _ := strings.Cut(platform, "/")
	env, exe, packed := environment(goos, goarch), "", tarball
	if goos == "windows" {
		exe, packed = ".exe", zipped
	}
	paths, err := r.licences(env)
	if err != nil {
		return err
	}
	if err := r.build(env, work, exe); err != nil {
		return err
	}
	suffix := "-" + r.version + "-" + goos + "-" + goarch
	for _, p := range programs {
		paths[p.name+exe] = filepath.Join(work, p.name+exe)
		if err := r.sbom(paths[p.name+exe], filepath.Join(r.out, p.name+suffix+".cdx.json")); err != nil {
			return err
		}
	}
	for _, document := range []string{"README.md", "LICENSE", "CHANGELOG.md"} {
		paths[document] = filepath.Join(r.root, document)
	}
	files, err := load(programs[0].name+suffix, paths)
	if err != nil {
		return err
	}
	archive, err := packed(r.out, programs[0].name+suffix, files, r.at)
	fmt.Fprintln(log, archive)
	return err
}

// environment is that of Go for a platform, whatever the user's own settings
// are. GOARM=6 runs on every Raspberry Pi.
func environment(goos, goarch string) []string {
	return append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0", "GOFLAGS=-trimpath", "GOWORK=off",
		"GOAMD64=v1", "GO386=sse2", "GOARM=6", "GOARM64=v8.0", "GOFIPS140=off")
}

// build compiles the programs into a folder, under their names.
func (r *release) build(env []string, folder, exe string) error {
	flags := "-ldflags=-s -w"
	for _, stamped := range []string{"github.com/gensim/load-generator/loadgen/cli", "main"} { // main: of loadgen
		flags += fmt.Sprintf(" -X %s.version=%s -X %[1]s.commit=%[3]s", stamped, r.version, r.commit)
	}
	args := []string{"build", "-trimpath", "-buildvcs=false", tags, flags, "-o", folder + string(filepath.Separator)}
	for _, p := range programs {
		args = append(args, p.source)
	}
	if _, err := output(r.root, env, args...); err != nil {
		return err
	}
	for _, p := range programs {
		built := filepath.Join(folder, filepath.Base(p.source)+exe)
		if err := os.Rename(built, filepath.Join(folder, p.name+exe)); err != nil {
			return err
		}
	}
	return nil
}

// sbom lists the modules in a program, Go's library among them, in CycloneDX.
func (r *release) sbom(program, path string) error {
	list, err := output(filepath.Join(r.root, ".ci/tools"), os.Environ(), "tool", "cyclonedx-gomod", "bin",
		"-json", "-std", "-noserial", "-notimestamp", "-version", r.version, program)
	if err != nil {
		return err
	}
	var bom cyclonedx.BOM
	if err := cyclonedx.NewBOMDecoder(bytes.NewReader(list), cyclonedx.BOMFileFormatJSON).Decode(&bom); err != nil {
		return err
	}
	for i := range *bom.Metadata.Tools.Tools { // their hashes differ by the machine that they were built on
		(*bom.Metadata.Tools.Tools)[i].Hashes = nil
	}
	var out bytes.Buffer
	encoder := cyclonedx.NewBOMEncoder(&out, cyclonedx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false)
	if err := encoder.Encode(&bom); err != nil {
		return err
	}
	return os.WriteFile(path, out.Bytes(), 0o666)
}

// output runs a command of Go in a folder and returns what it prints.
func output(folder string, env []string, args ...string) ([]byte, error) {
	var out, complaint bytes.Buffer
	c := exec.Command("go", args...)
	c.Dir, c.Env, c.Stdout, c.Stderr = folder, env, &out, &complaint
	if err := c.Run(); err != nil {
		return nil, fmt.Errorf("go %s: %w", args[0], errors.Join(err, errors.New(strings.TrimSpace(complaint.String()))))
	}
	return out.Bytes(), nil
}

// sums writes the SHA-256 of every file in a folder, as sha256sum -c reads them.
func sums(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	var list bytes.Buffer
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&list, "%x  %s\n", sha256.Sum256(data), e.Name())
	}
	return os.WriteFile(filepath.Join(folder, "SHA256SUMS"), list.Bytes(), 0o666)
}
