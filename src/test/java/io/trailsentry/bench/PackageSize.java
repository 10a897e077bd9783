package io.trailsentry.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// Prints what the function's package holds: the classes, and under `lib` the libraries, zipped as it is deployed.
final class PackageSize {
    private static final Pattern VERSIONED = Pattern.compile("(.+?)-(\\d[\\w.-]*)\\.jar");
    /// Smaller libraries are printed as one.
    private static final long SMALL = 200_000;

    private PackageSize() {
    }

    /// Prints the table.
    public static void main(String[] args) throws IOException {
        Path classes = Path.of("target/classes");
        Map<String, Long> zipped = new TreeMap<>();
        try (Stream<Path> files = Files.walk(classes)) {
            zipped.put("TrailSentry's own classes and catalogue",
                    files.filter(Files::isRegularFile).mapToLong(PackageSize::zipped).sum());
        }
        try (Stream<Path> libraries = Files.list(Path.of("target/lib"))) {
            libraries.forEach(library -> zipped.put(
                    VERSIONED.matcher(library.getFileName().toString()).replaceFirst("$1 $2"), zipped(library)));
        }
        long all = zipped.values().stream().mapToLong(size -> size).sum();
        System.out.println("| | bytes, zipped | share |\n|---|---|---|");
        zipped.entrySet().stream().filter(part -> part.getValue() >= SMALL)
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .forEach(part -> row(part.getKey(), part.getValue(), all));
        long others = zipped.values().stream().filter(size -> size < SMALL).count();
        row(others + " smaller libraries",
                zipped.values().stream().filter(size -> size < SMALL).mapToLong(size -> size).sum(), all);
        row("**together**", all, all);
    }

    private static void row(String name, long size, long all) {
        System.out.printf(Locale.ROOT, "| %s | %,d | %.0f %% |%n", name, size, 100.0 * size / all);
    }

    private static long zipped(Path file) {
        AtomicLong size = new AtomicLong();
        try (ZipOutputStream zip = new ZipOutputStream(new Counting(size))) {
            zip.putNextEntry(new ZipEntry(file.toString()));
            Files.copy(file, zip);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return size.get();
    }

    private static final class Counting extends OutputStream {
        private final AtomicLong size;

        Counting(AtomicLong size) {
            this.size = size;
        }

        @Override
        public void write(int b) {
            size.incrementAndGet();
        }

        @Override
        public void write(byte[] bytes, int from, int length) {
            size.addAndGet(length);
        }
    }
}
