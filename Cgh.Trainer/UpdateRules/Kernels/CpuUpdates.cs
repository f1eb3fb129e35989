using System.Diagnostics;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules.Kernels;

/// <summary>
/// Update steps over float32 vectors on the CPU, each in one pass over memory. Results are bit-identical to the same formula in Torch operations,
/// except for signs of zeros and payloads of NaNs.
/// </summary>
/// <param name="threads">Number of threads for long vectors; does not affect the results.</param>
/// <param name="width">Register width; does not affect the results.</param>
internal sealed unsafe class CpuUpdates(int threads, KernelWidth width)
{
    /// <summary>Updates with Torch's number of threads and the widest registers.</summary>
    public static CpuUpdates Default => new(get_num_threads(), KernelWidths.Widest);

    /// <summary>Performs a step of stochastic gradient descent, with momentum if there is a velocity.</summary>
    /// <returns>Whether all new weights are finite.</returns>
    public bool Sgd(Tensor weights, Tensor gradient, Tensor? velocity, double rate, double momentum, double decay)
    {
        var length = weights.numel();
        float* w = FlatVector.Pointer(weights), g = FlatVector.Pointer(gradient), v = velocity is null ? null : FlatVector.Pointer(velocity);
        return (velocity, decay) switch
        {
            (null, 0) => Run(new SgdUpdate<No, No>(w, g, v, (float)rate, 0, 0), length),
            (null, _) => Run(new SgdUpdate<Yes, No>(w, g, v, (float)rate, 0, (float)decay), length),
            (_, 0) => Run(new SgdUpdate<No, Yes>(w, g, v, (float)rate, (float)momentum, 0), length),
            _ => Run(new SgdUpdate<Yes, Yes>(w, g, v, (float)rate, (float)momentum, (float)decay), length),
        };
    }

    /// <summary>Performs a step along <typeparamref name="TEstimate"/> of the last three gradients, after adding weight decay to the newest.</summary>
    /// <returns>Whether all new weights are finite.</returns>
    public bool Window<TEstimate>(Tensor weights, Tensor oldest, Tensor previous, Tensor newest, double rate, double decay)
        where TEstimate : IEstimate
    {
        float* w = FlatVector.Pointer(weights), a = FlatVector.Pointer(oldest), b = FlatVector.Pointer(previous), c = FlatVector.Pointer(newest);
        return decay == 0
            ? Run(new WindowUpdate<TEstimate, No>(w, a, b, c, (float)rate, 0), weights.numel())
            : Run(new WindowUpdate<TEstimate, Yes>(w, a, b, c, (float)rate, (float)decay), weights.numel());
    }

    /// <summary>
    /// Performs a step along the mean of the last five, seven or nine gradients, oldest first, without the <paramref name="trim"/> smallest and largest
    /// values, after adding weight decay to the newest.
    /// </summary>
    /// <returns>Whether all new weights are finite.</returns>
    public bool Trimmed(Tensor weights, IReadOnlyList<Tensor> window, int trim, double rate, double decay) => window.Count switch
    {
        5 => Trimmed<Window5>(weights, window, trim, rate, decay),
        7 => Trimmed<Window7>(weights, window, trim, rate, decay),
        9 => Trimmed<Window9>(weights, window, trim, rate, decay),
        _ => throw new UnreachableException($"A window of {window.Count} passed RunSpecRules."),
    };

    /// <summary>Performs a step along <typeparamref name="TEstimate"/> of the gradients of three groups.</summary>
    /// <returns>Whether all new weights are finite.</returns>
    public bool Groups<TEstimate>(Tensor weights, Tensor first, Tensor second, Tensor third, double rate, double decay)
        where TEstimate : IEstimate
    {
        float* w = FlatVector.Pointer(weights), a = FlatVector.Pointer(first), b = FlatVector.Pointer(second), c = FlatVector.Pointer(third);
        return decay == 0
            ? Run(new GroupsUpdate<TEstimate, No>(w, a, b, c, (float)rate, 0), weights.numel())
            : Run(new GroupsUpdate<TEstimate, Yes>(w, a, b, c, (float)rate, (float)decay), weights.numel());
    }

    /// <summary>Performs a step along the median of the gradients of five or more groups, an odd number.</summary>
    /// <returns>Whether all new weights are finite.</returns>
    public bool MedianOfGroups(Tensor weights, IReadOnlyList<Tensor> groups, double rate, double decay)
    {
        // On the stack, as this thread waits for the threads that read it.
        var gradients = stackalloc float*[groups.Count];
        for (var i = 0; i < groups.Count; i++)
        {
            gradients[i] = FlatVector.Pointer(groups[i]);
        }

        var (w, count, length) = ((nint)FlatVector.Pointer(weights), groups.Count, weights.numel());
        return count switch
        {
            5 => Median<Median5>(w, gradients, count, rate, decay, length),
            7 => Median<Median7>(w, gradients, count, rate, decay, length),
            9 => Median<Median9>(w, gradients, count, rate, decay, length),
            _ => Median<MedianOfMany>(w, gradients, count, rate, decay, length),
        };
    }

    /// <summary>Adds weight decay to a gradient without changing the weights.</summary>
    /// <returns>Whether all weights are finite.</returns>
    public bool Decay(Tensor weights, Tensor newest, double decay) =>
        Run(new DecayUpdate(FlatVector.Pointer(weights), FlatVector.Pointer(newest), (float)decay), weights.numel());

    private bool Median<TMedian>(nint weights, float** groups, int count, double rate, double decay, long length)
        where TMedian : IMedian => decay == 0
            ? Run(new GroupMedianUpdate<TMedian, No>((float*)weights, groups, count, (float)rate, 0), length)
            : Run(new GroupMedianUpdate<TMedian, Yes>((float*)weights, groups, count, (float)rate, (float)decay), length);

    private bool Trimmed<TWindow>(Tensor weights, IReadOnlyList<Tensor> window, int trim, double rate, double decay)
        where TWindow : IWindow => trim switch
        {
            0 => Trimmed<TWindow, Trim0>(weights, window, rate, decay),
            1 => Trimmed<TWindow, Trim1>(weights, window, rate, decay),
            2 => Trimmed<TWindow, Trim2>(weights, window, rate, decay),
            3 => Trimmed<TWindow, Trim3>(weights, window, rate, decay),
            4 => Trimmed<TWindow, Trim4>(weights, window, rate, decay),
            _ => throw new UnreachableException($"{trim} dropped gradients passed RunSpecRules."),
        };

    private bool Trimmed<TWindow, TTrim>(Tensor weights, IReadOnlyList<Tensor> window, double rate, double decay)
        where TWindow : IWindow
        where TTrim : ITrim
    {
        // On the stack, as this thread waits for the threads that read it.
        var older = stackalloc float*[window.Count - 1];
        for (var i = 0; i < window.Count - 1; i++)
        {
            older[i] = FlatVector.Pointer(window[i]);
        }

        float* w = FlatVector.Pointer(weights), newest = FlatVector.Pointer(window[^1]);
        return decay == 0
            ? Run(new TrimmedUpdate<TWindow, TTrim, No>(w, older, newest, (float)rate, 0), weights.numel())
            : Run(new TrimmedUpdate<TWindow, TTrim, Yes>(w, older, newest, (float)rate, (float)decay), weights.numel());
    }

    private bool Run<TUpdate>(TUpdate update, long length)
        where TUpdate : struct, IUpdate => Coordinates.Update(update, length, threads, width);
}
