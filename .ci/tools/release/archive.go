package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// file is one of an archive. Of what it is copied from only the text counts, not
// its time, owner or mode.
type file struct {
	name string // with slashes
	mode fs.FileMode
	data []byte
}

// load reads the files of an archive, in the order of their names there, which
// all stand in one folder.
func load(folder string, paths map[string]string) (files []file, err error) {
	for _, name := range slices.Sorted(maps.Keys(paths)) {
		f := file{name: path.Join(folder, name), mode: 0o644}
		if f.data, err = os.ReadFile(paths[name]); err != nil {
			return nil, err
		}
		for _, p := range programs {
			if strings.TrimSuffix(name, ".exe") == p.name {
				f.mode = 0o755
			}
		}
		files = append(files, f)
	}
	return files, nil
}

// tarball writes files that are root's and of one time into NAME.tar.gz, and
// returns that name.
func tarball(folder, name string, files []file, at time.Time) (string, error) {
	var out bytes.Buffer
	compressed, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return "", err
	}
	archive := tar.NewWriter(compressed)
	for _, f := range files {
		header := tar.Header{Typeflag: tar.TypeReg, Name: f.name, Mode: int64(f.mode), Size: int64(len(f.data)), ModTime: at}
		if err := archive.WriteHeader(&header); err != nil {
			return "", err
		}
		if _, err := archive.Write(f.data); err != nil {
			return "", err
		}
	}
	if err := errors.Join(archive.Close(), compressed.Close()); err != nil {
		return "", err
	}
	name += ".tar.gz"
	return name, os.WriteFile(filepath.Join(folder, name), out.Bytes(), 0o666)
}

// zipped writes files of one time into NAME.zip, and returns that name.
func zipped(folder, name string, files []file, at time.Time) (string, error) {
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for _, f := range files {
		header := zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: at}
		header.SetMode(f.mode)
		w, err := archive.CreateHeader(&header)
		if err != nil {
			return "", err
		}
		if _, err := w.Write(f.data); err != nil {
			return "", err
		}
	}
	if err := archive.Close(); err != nil {
		return "", err
	}
	name += ".zip"
	return name, os.WriteFile(filepath.Join(folder, name), out.Bytes(), 0o666)
}
