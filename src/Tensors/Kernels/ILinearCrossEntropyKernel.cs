namespace Pure.Tuner.Kernels;

/// <summary>nll[i] = -log p[target[i]], p = softmax(cap(logitScale · W x[i])); with smoothing e (1-e) · that + e · the mean of -log p over the vocabulary.</summary>
/// <param name="Rows">Rows of x: only those with a target.</param>
/// <param name="Hidden">Length of a row.</param>
/// <param name="Vocab">Rows of W.</param>
/// <param name="LogitScale">Factor of the logits.</param>
/// <param name="SoftCap">c in c · tanh(logit / c); 0 for none.</param>
/// <param name="WantsWeightGrad">Whether backward will be asked for W's gradient: what forward keeps depends on it.</param>
/// <param name="DType">Dtype of x.</param>
/// <param name="Smoothing">e: the share of the target that is spread evenly over the vocabulary; 0 for none. Szegedy et al. 2015, arXiv:1512.00567.</param>
public readonly record struct LinearCrossEntropySpec(int Rows, int Hidden, int Vocab, float LogitScale, float SoftCap, bool WantsWeightGrad, DType DType, float Smoothing = 0);

/// <summary>Output head and loss in chunks of rows: the logits of a chunk are all that is ever held.</summary>
public interface ILinearCrossEntropyKernel
{
    /// <summary>What it can do.</summary>
    Support Supports(in LinearCrossEntropySpec spec);

    /// <summary>What its backward wants kept.</summary>
    StateSpec State(in LinearCrossEntropySpec spec);

    /// <summary>x [rows, hidden], w [vocab, hidden], targets I32 [rows], nll F32 [rows].</summary>
    void Forward(in LinearCrossEntropySpec spec, Tensor x, Weight w, Tensor targets, Tensor nll, State state);

    /// <summary>dnll F32 [rows]; dx like x; dw F32 [vocab, hidden].</summary>
    void Backward(in LinearCrossEntropySpec spec, Tensor x, Weight w, Tensor targets, State state, Tensor dnll, Into dx, Into dw);
}
