namespace Pure.Tuner.Tests;

/// <summary>Damaged files are read or refused in a sentence; nothing else may happen.</summary>
[Trait("Category", "Property")]
public class MutationTests
{
    private const int Mutants = 400;
    private const long MostBytes = 8 << 20;   // what a reader of these small files may allocate

    [Fact]
    public void Safetensors()
    {
        using var folder = new TemporaryFolder();
        var writer = new SafetensorsWriter();
        writer.Add<float>("model.w", [2, 3], GgufBuilder.Count(6));
        writer.Add<long>("ids", [2], new long[] { 1, 2 });
        writer.Add<byte>("b", [5], new byte[5]);
        writer.Save(folder.At("good.safetensors"));
        Run(folder, File.ReadAllBytes(folder.At("good.safetensors")), "x.safetensors", headBytes: 280);
    }

    [Fact]
    public void Gguf()
    {
        using var folder = new TemporaryFolder();
        Run(folder, GgufBuilder.Llama().Key("a", new[] { "x", "y" }).Key("b", new object[] { new[] { 1 }, new[] { 2f } }).Bytes(), "x.gguf", headBytes: 1600);
    }

    [Fact]
    public void Index()
    {
        using var folder = new TemporaryFolder();
        var writer = new SafetensorsWriter();
        foreach (string name in new[] { "a", "b" }) writer.Add<float>(name, [6], GgufBuilder.Count(6));
        writer.SaveFolder(folder.Path, maxShardBytes: 24);
        Run(folder, File.ReadAllBytes(folder.At("model.safetensors.index.json")), "model.safetensors.index.json", headBytes: int.MaxValue, open: folder.Path);
    }

    private static void Run(TemporaryFolder folder, byte[] good, string name, int headBytes, string? open = null)
    {
        var random = new Random(12345);
        int read = 0, refused = 0;
        for (int i = 0; i < Mutants; i++)
        {
            byte[] bytes = Mutate(good, random, Math.Min(headBytes, good.Length));
            string path = folder.Write(name, bytes);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using Checkpoint checkpoint = Checkpoint.Open(open ?? path);
                foreach (string tensor in checkpoint.Names)
                    if (checkpoint.Describe(tensor) is { Elements: < 1 << 20, DType: { IsFloat: true } } t) checkpoint.Read(tensor, new float[t.Elements]);
                read++;
            }
            catch (CheckpointException e)
            {
                Assert.StartsWith(folder.Path, e.Message, StringComparison.Ordinal);
                refused++;
            }
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < MostBytes, $"mutant {i}: {allocated} bytes allocated");
        }
        Assert.True(read > 0 && refused > Mutants / 10, $"{read} read, {refused} refused: the mutants are too mild or too wild to say anything");
    }

    private static byte[] Mutate(byte[] good, Random random, int head)
    {
        List<byte> bytes = [.. good];
        for (int n = random.Next(1, 4); n > 0; n--)
        {
            int at = random.Next(Math.Min(head, bytes.Count));
            switch (random.Next(6))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes.Insert(at, (byte)random.Next(256)); break;
                case 3: bytes.RemoveAt(at); break;
                case 4: for (int i = at; i < Math.Min(at + 8, bytes.Count); i++) bytes[i] = random.Next(2) == 0 ? (byte)0xFF : (byte)0; break;
                default: bytes[at] = "0123456789[]{},:\""u8[random.Next(17)]; break;
            }
        }
        return [.. bytes];
    }
}
