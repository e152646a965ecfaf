namespace Pure.Tuner;

/// <summary>What each window of calibration text has become at the layer under work: hidden states on the host, one window on the device at a time.</summary>
internal sealed class CalibrationStates
{
    private readonly DecoderModel _model;
    private readonly float[][] _states;
    private readonly CancellationToken _cancel;

    internal CalibrationStates(DecoderModel model, IReadOnlyList<int[]> windows, CancellationToken cancel)
    {
        (_model, _cancel) = (model, cancel);
        _states = new float[windows.Count][];
        for (int i = 0; i < _states.Length; i++)
        {
            using var scope = TensorScope.Begin();
            _states[i] = model.Embedding.Forward(model.Backend, windows[i]).To(DType.F32).ToArray<float>();
        }
    }

    /// <summary>Shows every window's states to a layer or a part of one.</summary>
    internal void Visit(Action<Tensor, ForwardContext> see) => Each((x, context, _) => see(x, context));

    /// <summary>Puts what a layer makes of the states in their place.</summary>
    internal void Replace(Func<Tensor, ForwardContext, Tensor> run) => Each((x, context, i) => run(x, context).To(DType.F32).CopyTo<float>(_states[i]));

    private void Each(Action<Tensor, ForwardContext, int> body)
    {
        int hidden = _model.Embedding.Weight.Shape[1];
        for (int i = 0; i < _states.Length; i++)
        {
            _cancel.ThrowIfCancellationRequested();
            using var scope = TensorScope.Begin();
            int tokens = _states[i].Length / hidden;
            ForwardContext context = ForwardContext.Packed([tokens]);
            _model.Prepare(context);
            body(Tensor.From<float>(_model.Backend, _states[i], [tokens, hidden]), context, i);
        }
    }
}
