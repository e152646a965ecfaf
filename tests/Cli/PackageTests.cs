using System.Diagnostics;
using System.IO.Compression;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Pure.Tuner.Tests;

/// <summary>The packages as a stranger meets them: what is in them, and the samples built and run against them.</summary>
[Trait("Category", "Cli")]
public sealed class PackageTests(PackageTests.Feed feed) : IClassFixture<PackageTests.Feed>
{
    private static readonly string[] s_libraries = ["Autograd", "Backends", "Models", "Tensors", "Train"];

    [SkippableFact]
    public void Only_the_libraries_are_packed_and_nothing_else_is_in_them()
    {
        feed.SkipIfMissing();
        Assert.Equal(s_libraries.Select(l => $"Pure.Tuner.{l}.{feed.Version}.nupkg"), Directory.GetFiles(feed.Packages).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        foreach (string library in s_libraries)
        {
            using ZipArchive package = Open(library);
            string[] expected =
            [
                $"Pure.Tuner.{library}.nuspec", "README.md", "[Content_Types].xml", "_rels/.rels", .. library == "Tensors" ? ["buildTransitive/Pure.Tuner.Tensors.props"] : Array.Empty<string>(),
                $"lib/net10.0/Pure.Tuner.{library}.dll", $"lib/net10.0/Pure.Tuner.{library}.xml",
            ];
            Assert.Equal(expected.Order(StringComparer.Ordinal), package.Entries.Select(e => e.FullName).Where(e => !e.EndsWith(".psmdcp", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        }
    }

    [SkippableFact]
    public void Packages_depend_on_each_other_by_layer_and_know_no_place()
    {
        feed.SkipIfMissing();
        var expected = new Dictionary<string, string>
        {
            ["Tensors"] = "System.Numerics.Tensors",
            ["Backends"] = "Pure.Tuner.Tensors System.Numerics.Tensors",
            ["Autograd"] = "Pure.Tuner.Tensors",
            ["Models"] = "Pure.Tuner.Autograd System.Numerics.Tensors",
            ["Train"] = "Microsoft.Extensions.AI.Abstractions Pure.Tuner.Backends Pure.Tuner.Models YamlDotNet",
        };
        foreach (string library in s_libraries)
        {
            using ZipArchive package = Open(library);
            using Stream stream = package.GetEntry($"Pure.Tuner.{library}.nuspec")!.Open();
            XElement metadata = XDocument.Load(stream).Root!.Elements().Single();
            string Value(string name) => metadata.Elements().Single(e => e.Name.LocalName == name).Value;
            XElement[] dependencies = [.. metadata.Descendants().Where(e => e.Name.LocalName == "dependency")];
            Assert.Equal(expected[library], string.Join(' ', dependencies.Select(d => d.Attribute("id")!.Value).Order(StringComparer.Ordinal)));
            Assert.All(dependencies.Where(d => d.Attribute("id")!.Value.StartsWith("Pure.", StringComparison.Ordinal)), d => Assert.Equal(feed.Version, d.Attribute("version")!.Value));
            Assert.Equal(("Apache-2.0", "README.md", feed.Version), (Value("license"), Value("readme"), Value("version")));
            Assert.DoesNotContain(metadata.Elements(), e => e.Name.LocalName is "repository" or "projectUrl");
            byte[] assembly = Bytes(package.GetEntry($"lib/net10.0/Pure.Tuner.{library}.dll")!);
            Assert.Equal(-1, assembly.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(Repository.Root)));
        }
    }

    [SkippableFact]
    public void Every_public_member_is_documented_in_the_package()
    {
        feed.SkipIfMissing();
        using ZipArchive package = Open("Train");
        string xml = System.Text.Encoding.UTF8.GetString(Bytes(package.GetEntry("lib/net10.0/Pure.Tuner.Train.xml")!));
        foreach (string member in (string[])["T:Pure.Tuner.LanguageModel", "T:Pure.Tuner.ModelChatClient", "M:Pure.Tuner.TrainingRow.Of", "P:Pure.Tuner.SftOptions.LossSum"]) Assert.Contains($"\"{member}", xml);
    }

    [SkippableFact]
    public void Train_and_generate()
    {
        string program = feed.Build("TrainAndGenerate");
        using var model = new TinyCheckpoint();
        string adapter = Path.Combine(model.Folder, "adapter");
        (int code, string output, string error) = Feed.Run("dotnet", feed.Folder, program, model.Folder, adapter);
        Assert.True(code == 0, output + error);
        Assert.Matches(@"\Aanswer: Green\.\ncontinuation: .*\n\z", output);
        Assert.Matches(@"step 1 of 40: loss \d+\.\d{4}", error);
        Assert.True(File.Exists(Path.Combine(adapter, "adapter_model.safetensors")));
        // The library here reads what the packages wrote.
        using var loaded = LanguageModel.Load(adapter, threads: 1);
        Assert.Equal("Blue.", string.Concat(new Conversation(loaded, "default").Ask("What colour is the sky?", new GenerationOptions { MaxNewTokens = 8 })));
    }

    [SkippableFact]
    public void An_operator_and_kernels_from_outside()
    {
        string program = feed.Build("OwnOperator");
        (int code, string output, string error) = Feed.Run("dotnet", feed.Folder, program);
        Assert.True(code == 0, output + error);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, lines.Length);
        Assert.All(lines[..3], l => Assert.EndsWith("samples agree with the definition, gradients with finite differences", l));
        Assert.Matches(@"^rms_norm on a wrong kernel: caught, .* on cpu: dx\[\d+\] is", lines[3]);
    }

    [SkippableFact]
    public void An_operator_and_kernels_from_outside_as_a_plug_in()
    {
        string plugin = feed.Build("OwnOperator");
        (int Code, string Output, string Error) Ops(params string[] args) => Feed.Run("dotnet", feed.Folder, [Path.Combine(AppContext.BaseDirectory, "pure-tuner.dll"), "ops", .. args, "--kernels", plugin]);
        Assert.Matches(@"(?m)^snake .* ISnakeKernel", Ops("list").Output);
        Assert.Contains("samples are right", Ops("check", "--op", "snake", "--backend", "cpu").Output);
        Assert.Contains("samples are right", Ops("grad", "--op", "snake", "--backend", "cpu").Output);
        Assert.Equal(2, Ops("bench", "--op", "snake", "--backend", "cpu", "--rows", "2", "--width", "8", "--repeat", "1", "--warmup-ms", "0", "--json").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        // The reference has no kernel of its own: the plug-in's is what runs.
        Assert.Matches(@"\| rms_norm \| .*kernel", Ops("cover", "--op", "rms_norm", "--backend", "reference").Output);
        (int code, string output, string error) = Ops("check", "--op", "rms_norm", "--backend", "reference");
        Assert.True(code == 0, output + error);
    }

    [SkippableFact]
    public void The_using_can_be_switched_off()
    {
        string project = Path.GetFullPath(Path.Combine(feed.Build("OwnOperator"), "..", "..", "..", "..", "OwnOperator.csproj"));
        Assert.Contains("Pure.Tuner", Usings());
        Assert.DoesNotContain("Pure.Tuner", Usings("-p:PureTunerUsing=false"));

        IEnumerable<string> Usings(params string[] properties)
        {
            (int code, string output, string error) = Feed.Run("dotnet", feed.Folder, ["msbuild", project, "-getItem:Using", .. properties]);
            Assert.True(code == 0, output + error);
            return Regex.Matches(output, "\"Identity\": \"([^\"]*)\"").Select(m => m.Groups[1].Value);
        }
    }

    private ZipArchive Open(string library) => ZipFile.OpenRead(Path.Combine(feed.Packages, $"Pure.Tuner.{library}.{feed.Version}.nupkg"));

    private static byte[] Bytes(ZipArchiveEntry entry)
    {
        using Stream stream = entry.Open();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>The packages and a copy of the samples, laid out as in the repository, under a version that no cache has seen.</summary>
    public sealed class Feed : IDisposable
    {
        private const string Configuration =
#if DEBUG
            "Debug";
#else
            "Release";
#endif
        private readonly Dictionary<string, string> _built = [];
        private readonly string? _missing;

        public Feed()
        {
            Folder = Directory.CreateTempSubdirectory("packages-").FullName;
            Version = $"0.1.0-test.{DateTime.UtcNow:yyyyMMddHHmmss}.{Environment.ProcessId}";
            (int code, string output, string error) = Run("dotnet", Folder, "msbuild", Path.Combine(Repository.Root, "tests", "Cli", "Packing", "Pack.proj"), "-nologo", "-v:q", "-t:Pack",
                $"-p:Configuration={Configuration}", $"-p:Version={Version}", $"-p:PackageOutputPath={Packages}");
            if (code == 0) Copy(Path.Combine(Repository.Root, "samples"), Path.Combine(Folder, "samples"));
            else if (output.Contains("NU1301", StringComparison.Ordinal)) _missing = "packing needs packages that neither the cache nor the network has";
            else throw new InvalidOperationException($"pack failed:\n{output}{error}");
        }

        public string Folder { get; }
        public string Version { get; }
        public string Packages => Path.Combine(Folder, "artifacts", "packages");

        public void SkipIfMissing() => Skip.If(_missing is not null, _missing);

        /// <summary>Builds a sample, once, and returns its assembly.</summary>
        public string Build(string sample)
        {
            SkipIfMissing();
            if (_built.TryGetValue(sample, out string? program)) return program;
            string folder = Path.Combine(Folder, "samples", sample);
            (int code, string output, string error) = Run("dotnet", folder, "build", "-c", "Release", "-nologo", "-v:q", $"-p:PureTunerVersion={Version}");
            Assert.True(code == 0, output + error);
            return _built[sample] = Path.Combine(folder, "bin", "Release", "net10.0", $"{sample}.dll");
        }

        public void Dispose() => Directory.Delete(Folder, recursive: true);

        /// <summary>A process with package folders of its own that reads the machine's for what is not ours.</summary>
        internal static (int Code, string Output, string Error) Run(string program, string folder, params string[] args)
        {
            var start = new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
            string machine = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } own ? own : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
            if (args[0] == "build")
            {
                start.Environment["NUGET_PACKAGES"] = Path.GetFullPath(Path.Combine(folder, "..", "..", "nuget"));
                start.Environment["NUGET_FALLBACK_PACKAGES"] = machine;
            }
            start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
            start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
            start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
            foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("MSBuild", StringComparison.Ordinal)).ToArray()) start.Environment.Remove(name);
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, error.Result);
        }

        private static void Copy(string from, string to)
        {
            Directory.CreateDirectory(to);
            foreach (string file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
            foreach (string folder in Directory.GetDirectories(from))
                if (Path.GetFileName(folder) is not ("bin" or "obj")) Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
        }
    }
}
