using Cgh.Core.Runs;
using TorchSharp.Modules;
using static TorchSharp.torch.utils.tensorboard;

namespace Cgh.Trainer.Recording;

/// <summary>
/// Writes the curves as TensorBoard events. Each attempt writes a separate file, starting at the step it resumes from; TensorBoard shows
/// the newest value of each step.
/// </summary>
internal sealed class TensorBoardLog(RunFolder folder)
{
    private readonly SummaryWriter _writer = SummaryWriter(folder.TensorBoard);

    public void Step(long step, double loss, double learningRate)
    {
        _writer.add_scalar("train/loss", (float)loss, (int)step);
        _writer.add_scalar("train/learning_rate", (float)learningRate, (int)step);
    }

    public void Evaluated(string set, int epoch, EvaluationResult result)
    {
        _writer.add_scalar($"{set}/loss", (float)result.Loss, epoch);
        _writer.add_scalar($"{set}/acc1", (float)result.Acc1, epoch);
        _writer.add_scalar($"{set}/acc5", (float)result.Acc5, epoch);
    }
}
