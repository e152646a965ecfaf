using System.Globalization;

namespace Pure.Tuner.Tests;

/// <summary>Sixty updates of the recipe of real_lf_run, in F32 and with products in BF16: both curves, and the gap between them. Minutes; asked for by GOLDEN_CURVES=FOLDER with GOLDEN_PRODUCTS=bf16.</summary>
public class RoundedCurves
{
    private const int Updates = 60;

    /// <summary>Mean distance of the losses of an update, as a share of the loss.</summary>
    private const double Bound = 0.01;

    [SkippableFact]
    public void Losses_in_bf16_follow_those_in_f32()
    {
        string? folder = Environment.GetEnvironmentVariable("GOLDEN_CURVES");
        Skip.If(folder is not { Length: > 0 } || GoldenBackend.Products != DType.BF16, "minutes long: GOLDEN_CURVES names a folder, GOLDEN_PRODUCTS is bf16");
        string recipe = Path.Combine(Repository.Root, "..", "shared", "golden", "real", "smollm2_lora_sft", "train.yaml");
        Skip.IfNot(File.Exists(recipe), $"{recipe} is not there");
        Directory.CreateDirectory(folder);
        double[] plain = Train(recipe, folder, "f32"), rounded = Train(recipe, folder, "bf16");
        double gap = plain.Zip(rounded, (a, b) => Math.Abs(a - b) / a).Average(), last = Math.Abs(plain[^10..].Average() - rounded[^10..].Average());
        File.WriteAllText(Path.Combine(folder, "gap.txt"), FormattableString.Invariant($"mean gap {gap:P3} of the loss; means of the last ten updates differ by {last:F5}\n"));
        Draw(Path.Combine(folder, "curves.svg"), plain, rounded, gap);
        Assert.InRange(gap, 0, Bound);
        Assert.NotEqual(plain, rounded);
    }

    private static double[] Train(string file, string folder, string products)
    {
        string output = Path.Combine(Directory.CreateTempSubdirectory("curves").FullName, "saves"), before = Environment.CurrentDirectory, log = Path.Combine(folder, $"{products}.tsv");
        File.Delete(log);
        var losses = new List<double>();
        try
        {
            Environment.CurrentDirectory = Path.GetDirectoryName(file)!;
            Recipe recipe = RecipeReader.Read(Path.GetFileName(file), [$"output_dir={output}", $"max_steps={Updates}", "device=cpu", "pure_tuner.answers=0", "save_strategy=no", "plot_loss=false", $"bf16={(products == "bf16" ? "true" : "false")}"]);
            new TrainingRun(recipe, new SilentReport())
            {
                OnStep = (_, result, _, _) =>
                {
                    losses.Add(result.Loss);
                    File.AppendAllText(log, FormattableString.Invariant($"{losses.Count}\t{result.Loss:R}\t{result.GradNorm:R}\n"));
                },
            }.Run();
        }
        finally
        {
            Environment.CurrentDirectory = before;
            Directory.Delete(Path.GetDirectoryName(output)!, recursive: true);
        }
        return [.. losses];
    }

    private static void Draw(string path, double[] plain, double[] rounded, double gap)
    {
        const int Width = 640, Height = 340, Left = 60, Right = 20, Top = 50, Bottom = 45;
        double high = Math.Ceiling(plain.Concat(rounded).Max() * 2) / 2;
        double X(int i) => Left + i * (Width - Left - Right) / (double)(Updates - 1);
        double Y(double v) => Height - Bottom - v / high * (Height - Top - Bottom);
        var svg = new SvgDrawing(Width, Height);
        svg.Text(FormattableString.Invariant($"SmolLM2-135M, LoRA, {Updates} updates: mean gap {gap:P2} of the loss"), Width / 2.0, 26, 15, "middle");
        for (double v = 0; v <= high; v += 0.5)
        {
            svg.Line(Left, Y(v), Width - Right, Y(v), "grid");
            svg.Text(v.ToString("0.0", CultureInfo.InvariantCulture), Left - 8, Y(v) + 4, 11, "end");
        }
        for (int i = 9; i < Updates; i += 10) svg.Text($"{i + 1}", X(i), Height - Bottom + 18, 11, "middle");
        svg.Text("update", (Left + Width - Right) / 2.0, Height - 10, 11.5, "middle");
        (double[] Values, string Color, string Name)[] curves = [(plain, "c1", "f32"), (rounded, "c2", "products in bf16")];
        foreach ((double[] values, string color, string name) in curves)
        {
            for (int i = 1; i < values.Length; i++) svg.Line(X(i - 1), Y(values[i - 1]), X(i), Y(values[i]), color, 1.5);
            svg.Text(name, Width - Right - 6, Top + (color == "c1" ? 0 : 16), 12, "end", color);
        }
        File.WriteAllText(path, svg.ToString());
    }
}
