namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Dropout by a packed mask: bit i of the mask, lowest first, keeps element i.</summary>
internal static class Dropping
{
    public static void Register(Dictionary<string, Func<ICall, Plan>> all) => all.Define("DropoutDoMask", Masked);

    private static Plan Masked(ICall call)
    {
        SimTensor x = call.Tensor("self", Types.Floats), y = call.Like("out", x, "self"), mask = call.Tensor("mask", [AclType.UInt8], "8.dropout-mask");
        call.Shape("out", y, x.Shape);
        long bytes = (x.Count + 127) / 128 * 16;
        call.Require(mask.Rank == 1 && mask.Count == bytes, "8.dropout-mask", $"mask has shape {Shapes.Text(mask.Shape)}; expected [{bytes}], a bit for each of {x.Count} elements in groups of 128");
        double prob = call.Number("prob");
        call.Require(prob is >= 0 and <= 1, "8.dropout-prob", $"prob is {prob}; it is the probability of zero, from 0 to 1");
        float scale = prob == 1 ? 0 : (float)(1 / (1 - prob));
        return new Plan(Checks.Workspace([x, mask, y]), memory =>
        {
            byte[] bits = Elements.Read<byte>(memory, mask);
            float[] values = Elements.Read<float>(memory, x);
            Loops.For(values.Length, 1 << 15, (from, to) =>
            {
                for (long i = from; i < to; i++) values[i] = (bits[i >> 3] >> (int)(i & 7) & 1) != 0 ? values[i] * scale : 0;
            });
            Elements.Write(memory, y, values);
        });
    }
}
