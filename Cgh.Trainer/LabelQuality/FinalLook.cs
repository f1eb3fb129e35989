using System.Runtime.InteropServices;
using Cgh.Trainer.Models;
using Cgh.Trainer.Stages;
using static TorchSharp.torch;

namespace Cgh.Trainer.LabelQuality;

/// <summary>What the final model of a run says of every training example: probabilities, and the features that its last layer reads.</summary>
internal sealed class FinalLook : IDisposable
{
    private FinalLook(int examples, int classes)
    {
        Predicted = new int[classes];
        Probability = new float[examples];
        Margin = new float[examples];
        Suggested = new int[examples];
        SuggestedProbability = new float[examples];
        Features = zeros(examples, 0);
    }

    /// <summary>Probability of the label that the run was trained on.</summary>
    public float[] Probability { get; }

    /// <summary>
    /// Margin of the label in question: its logit minus the largest other one. The class of a planted error, which the model was told, does not count if
    /// there are more than two classes.
    /// </summary>
    public float[] Margin { get; }

    /// <summary>The most probable class other than the label in question and a planted error.</summary>
    public int[] Suggested { get; }

    /// <summary>Its probability.</summary>
    public float[] SuggestedProbability { get; }

    /// <summary>How often each class is the most probable one.</summary>
    public int[] Predicted { get; }

    /// <summary>One row per example, of length 1; float32 on the CPU.</summary>
    public Tensor Features { get; private set; }

    /// <summary>Looks at every training example once.</summary>
    /// <param name="from">The run.</param>
    /// <param name="trained">The labels that it was trained on, a class index per example.</param>
    /// <param name="labels">The labels in question.</param>
    /// <param name="progress">Receives the number of examples done.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static FinalLook At(TrainedRun from, int[] trained, int[] labels, Action<int> progress, CancellationToken cancellationToken)
    {
        var look = new FinalLook(from.Examples, from.Data.Dataset.Manifest.Classes.Count);
        Tensor? features = null;
        var last = (nn.Module<Tensor, Tensor>)from.Model.named_modules().Single(module => module.name == ModelRegistry.LastLayer(from.ModelName).Name).module;
        var hook = last.register_forward_hook((_, input, output) =>
        {
            features = input;
            return output;
        });
        try
        {
            var at = 0;
            foreach (var part in from.Parts())
            {
                from.Evaluator.Pass(from.Data.Train, part, cancellationToken, logits => at = look.Add(logits, features!, trained, labels, at));
                progress(at);
            }

            return look;
        }
        catch
        {
            look.Dispose();
            throw;
        }
        finally
        {
            hook.remove();
        }
    }

    public void Dispose() => Features.Dispose();

    private int Add(Tensor logits, Tensor features, int[] trained, int[] labels, int at)
    {
        var count = (int)logits.shape[0];
        if (Features.shape[1] == 0)
        {
            Features.Dispose();
            Features = zeros(labels.Length, features.shape[1]).DetachFromDisposeScope();
        }

        Features.narrow(0, at, count).copy_(nn.functional.normalize(features.to_type(ScalarType.Float32), p: 2, dim: 1));
        logits = logits.to_type(ScalarType.Float32).cpu();
        var probabilities = nn.functional.softmax(logits, dim: 1);
        var (inQuestion, told) = (Column(labels), Column(trained));

        // Of two classes, leaving out a planted error's would leave none to compare with.
        var nothing = full_like(told, float.NegativeInfinity, ScalarType.Float32);
        var own = logits.gather(1, inQuestion);
        var others = (logits.shape[1] > 2 ? logits.scatter(1, told, nothing) : logits).scatter(1, inQuestion, nothing);
        var (largest, suggested) = others.max(1);
        Copy(probabilities.gather(1, told).squeeze(1), Probability.AsSpan(at, count));
        Copy(own.squeeze(1) - largest, Margin.AsSpan(at, count));
        Copy(probabilities.gather(1, suggested.unsqueeze(1)).squeeze(1), SuggestedProbability.AsSpan(at, count));
        Copy(suggested.to_type(ScalarType.Int32), Suggested.AsSpan(at, count));
        foreach (var predicted in probabilities.argmax(1).data<long>())
        {
            Predicted[predicted]++;
        }

        return at + count;

        Tensor Column(int[] all) => tensor(Array.ConvertAll(all[at..(at + count)], label => (long)label)).unsqueeze(1);
    }

    private static void Copy<T>(Tensor from, Span<T> to)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(from.contiguous().bytes).CopyTo(to);
}
