namespace Pure.Tuner.Tests;

/// <summary>Weights that stay where they lie in the file.</summary>
[Trait("Category", "Unit")]
public class MappedWeightsTests
{
    private const int Rows = 160, Width = 128;

    [Fact]
    public void A_large_tensor_is_the_file_itself_and_outlives_the_checkpoint()
    {
        using var folder = new TemporaryFolder();
        using Backend backend = Backends.Open("cpu", 1);
        float[] numbers = Numbers();
        Tensor? mapped;
        using (Checkpoint file = Checkpoint.Open(Written(folder, numbers))) mapped = file.Map(backend, "w", [Rows, Width], DType.F32);
        Assert.NotNull(mapped);
        Assert.True(mapped.Storage.IsExternal);
        Assert.Equal(0, backend.LiveBlocks);
        Assert.Equal(numbers, mapped.ToArray<float>());
        mapped.Dispose();
    }

    [Fact]
    public void What_is_written_to_it_never_reaches_the_file()
    {
        using var folder = new TemporaryFolder();
        using Backend backend = Backends.Open("cpu", 1);
        string path = Written(folder, Numbers());
        byte[] before = File.ReadAllBytes(path);
        using (Checkpoint file = Checkpoint.Open(path))
        {
            using Tensor one = file.Map(backend, "w", [Rows, Width], DType.F32)!, other = file.Map(backend, "w", [Rows, Width], DType.F32)!;
            backend.Fill(one, 7);
            Assert.All(one.ToArray<float>(), x => Assert.Equal(7f, x));
            Assert.Equal(Numbers(), other.ToArray<float>());
        }
        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Fact]
    public void Small_tensors_and_odd_addresses_are_copied()
    {
        using var folder = new TemporaryFolder();
        using Backend backend = Backends.Open("cpu", 1);
        using Checkpoint file = Checkpoint.Open(Written(folder, Numbers()));
        Assert.Null(file.Map(backend, "small", [4], DType.F32));
        using Checkpoint odd = Checkpoint.Open(Odd(folder, Numbers()));
        Assert.Null(odd.Map(backend, "w", [Rows, Width], DType.F32));
        var read = new float[Rows * Width];
        odd.Read("w", read);
        Assert.Equal(Numbers(), read);
    }

    private static float[] Numbers() => [.. Enumerable.Range(0, Rows * Width).Select(i => MathF.Sin(i))];

    private static string Written(TemporaryFolder folder, float[] numbers)
    {
        var writer = new SafetensorsWriter();
        writer.Add<float>("w", [Rows, Width], numbers);
        writer.Add<float>("small", [4], new float[4]);
        writer.Add<float>("z", [1024], new float[1024]);             // the last of a file may lie too near its end
        writer.Save(folder.At("a.safetensors"));
        return folder.At("a.safetensors");
    }

    /// <summary>A header whose length is no multiple of four: the format allows it.</summary>
    private static string Odd(TemporaryFolder folder, float[] numbers)
    {
        string header = $$$"""{"w":{"dtype":"F32","shape":[{{{Rows}}},{{{Width}}}],"data_offsets":[0,{{{Rows * Width * 4}}}]}}""";
        while (header.Length % 4 != 1) header += " ";
        return folder.Write("odd.safetensors", [.. BitConverter.GetBytes((ulong)header.Length), .. System.Text.Encoding.ASCII.GetBytes(header), .. System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(numbers)]);
    }
}
