namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Softmax along a dimension, its logarithm and its gradient.</summary>
internal static class Softmaxes
{
    public static void Register(Dictionary<string, Func<ICall, Plan>> all)
    {
        all.Define("Softmax", call => Forward(call, Softmax));
        all.Define("LogSoftmax", call => Forward(call, LogSoftmax));
        all.Define("SoftmaxBackward", Backward);
    }

    private static Plan Forward(ICall call, Action<float[]> row)
    {
        SimTensor x = call.Tensor("self", Types.Floats), y = call.Like("out", x, "self");
        call.Shape("out", y, x.Shape);
        int dim = call.Dim("dim", x.Rank, "8.softmax-dim");
        return new Plan(Checks.Workspace([x, y], x.Count * 4), memory =>
        {
            float[] values = Elements.Read<float>(memory, x);
            Along(x.Shape, dim, (at, step, length) =>
            {
                var line = new float[length];
                for (int i = 0; i < length; i++) line[i] = values[at + (i * step)];
                row(line);
                for (int i = 0; i < length; i++) values[at + (i * step)] = line[i];
            });
            Elements.Write(memory, y, values);
        });
    }

    /// <summary>dx = y · (dy - Σ dy · y)</summary>
    private static Plan Backward(ICall call)
    {
        SimTensor dy = call.Tensor("gradOutput", Types.Floats), y = call.Like("output", dy, "gradOutput"), dx = call.Like("out", dy, "gradOutput");
        call.Shape("output", y, dy.Shape);
        call.Shape("out", dx, dy.Shape);
        int dim = call.Dim("dim", dy.Rank, "8.softmax-dim");
        return new Plan(Checks.Workspace([dy, y, dx], dy.Count * 4), memory =>
        {
            float[] g = Elements.Read<float>(memory, dy), p = Elements.Read<float>(memory, y);
            Along(dy.Shape, dim, (at, step, length) =>
            {
                double dot = 0;
                for (int i = 0; i < length; i++) dot += g[at + (i * step)] * p[at + (i * step)];
                for (int i = 0; i < length; i++) g[at + (i * step)] = p[at + (i * step)] * (g[at + (i * step)] - (float)dot);
            });
            Elements.Write(memory, dx, g);
        });
    }

    public static void Softmax(float[] x)
    {
        float most = Most(x);
        double sum = 0;
        for (int i = 0; i < x.Length; i++) sum += x[i] = MathF.Exp(x[i] - most);
        for (int i = 0; i < x.Length; i++) x[i] = (float)(x[i] / sum);
    }

    public static void LogSoftmax(float[] x)
    {
        float most = Most(x);
        double sum = 0;
        foreach (float v in x) sum += MathF.Exp(v - most);
        double log = Math.Log(sum);
        for (int i = 0; i < x.Length; i++) x[i] = (float)(x[i] - most - log);
    }

    private static float Most(float[] x)
    {
        float most = float.NegativeInfinity;
        foreach (float v in x) most = MathF.Max(most, v);
        return most;
    }

    /// <summary>Each line along a dimension: its first element, the step between elements, the length.</summary>
    private static void Along(long[] shape, int dim, Action<int, int, int> line)
    {
        (long outer, long length, long inner) = Shapes.Around(shape, dim);
        Loops.Rows(outer * inner, length * 4, r => line((int)((r / inner * length * inner) + (r % inner)), (int)inner, (int)length));
    }
}
