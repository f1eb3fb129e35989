using System.CommandLine;
using System.Globalization;
using Cgh.Core;
using Cgh.Core.Models;
using Cgh.Core.Runs;
using Cgh.Trainer.Checkpoints;
using Cgh.Trainer.Models;
using static TorchSharp.torch;

namespace Cgh.Trainer.Commands;

/// <summary><c>model list</c>, <c>model import</c>, <c>model export</c>: lists the models and exchanges weights with PyTorch.</summary>
internal static class ModelCommand
{
    private const int ImageNetClasses = 1000;
    private const string Extension = ".safetensors";

    public static Command Create() => new("model", "Lists the models, imports weights from PyTorch, exports them.") { List(), Import(), Export() };

    private static Command List()
    {
        var classes = ClassesOption();
        classes.DefaultValueFactory = _ => ImageNetClasses;
        var command = new Command("list", "Prints the models with their number of parameters, usual image side and smallest image side.") { classes };
        command.SetAction(parse =>
        {
            var outputs = Classes(parse.GetValue(classes)!.Value);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"model",-16}{"parameters",14}{"side",8}{"smallest",10}   ({outputs} classes)"));
            foreach (var model in ModelCatalog.All)
            {
                Print(model.Name, model, outputs, auxiliaryLogits: false);
                if (model.HasAuxiliaryHead)
                {
                    Print("  auxiliaryLogits", model, outputs, auxiliaryLogits: true);
                }
            }

            return 0;
        });
        return command;
    }

    private static Command Import()
    {
        const string Help = """
            Reads weights from a PyTorch .pth file or a safetensors file, checks every tensor against the model, and writes them as
            safetensors for 'train --weights'. Nothing in a .pth file's pickle is executed; anything but tensors is ignored.

            Example:
              Cgh.Trainer model import resnet18-f37072fd.pth --model resnet18 --out resnet18.safetensors
            """;
        var file = new Argument<string>("FILE")
        {
            Description = "File with a state dict, at the top level or under a key such as 'state_dict' or 'model', or with a whole model.",
        };
        var model = new Option<string>("--model") { Description = $"One of: {string.Join(", ", ModelCatalog.Names)}.", Required = true };
        var classes = ClassesOption();
        classes.Description += " Default: the outputs of the file's last layer.";
        var auxiliary = new Option<bool>("--auxiliary-logits")
        {
            Description = "Keep the auxiliary head of Inception-V3; without this option, its tensors are skipped.",
        };
        var @out = OutOption();
        var command = new Command("import", Help) { file, model, classes, auxiliary, @out };
        command.SetAction(parse =>
        {
            var (name, path) = (parse.GetRequiredValue(model), parse.GetRequiredValue(file));
            var target = CheckOut(parse.GetRequiredValue(@out));
            var lastLayer = ModelRegistry.LastLayer(name);
            if (parse.GetValue(auxiliary) && !ModelCatalog.Get(name).HasAuxiliaryHead)
            {
                throw UserErrorException.Usage($"--auxiliary-logits: {name} has no auxiliary head.");
            }

            using var weights = WeightsFile.Open(path);
            var outputs = parse.GetValue(classes) is { } given ? Classes(given)
                : ClassesOf(weights, lastLayer) ?? ImageNetClasses;
            using var built = ModelRegistry.Create(name, outputs, SideOf(weights, name), parse.GetValue(auxiliary));
            var leftOut = weights.CopyInto(built, string.Create(CultureInfo.InvariantCulture, $"{name} with {outputs} classes"));
            SafeTensors.Write(target, ModelTensors.Of(built), SafeTensors.ForPyTorch);
            PrintNotes(weights);
            if (leftOut.Count > 0)
            {
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Skipped the auxiliary head: {leftOut.Count} tensors, starting with {leftOut[0]} (--auxiliary-logits keeps them)."));
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Wrote {target}: {name}, {outputs} classes, {Count(built):N0} parameters."));
            return 0;
        });
        return command;
    }

    private static Command Export()
    {
        const string Help = """
            Writes the parameters and batch statistics of a run as safetensors with torchvision's names, for
            safetensors.torch.load_file and load_state_dict. For an unfinished run, uses its newest checkpoint.

            Example:
              Cgh.Trainer model export data/experiments/demo-20260101-120000/rm3 --out rm3.safetensors
            """;
        var source = new Argument<string>("RUN") { Description = "Folder of a run, or a weights file: safetensors, a checkpoint, or a PyTorch .pth." };
        var @out = OutOption();
        var command = new Command("export", Help) { source, @out };
        command.SetAction(parse =>
        {
            var target = CheckOut(parse.GetRequiredValue(@out));
            var given = parse.GetRequiredValue(source);
            var from = Directory.Exists(given) ? NewestOf(new RunFolder(given)) : given;
            using var weights = WeightsFile.Open(from);
            SafeTensors.Write(target, weights.Tensors, SafeTensors.ForPyTorch);
            PrintNotes(weights);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Wrote {target}: {weights.Tensors.Count} tensors from {from}."));
            return 0;
        });
        return command;
    }

    private const int MaxClasses = 1_000_000;

    private static Option<int?> ClassesOption() => new("--classes") { Description = "Number of outputs of the last layer." };

    private static Option<string> OutOption() => new("--out") { Description = $"Output file (*{Extension}).", Required = true, HelpName = "FILE" };

    private static int Classes(int given) => given is >= 1 and <= MaxClasses
        ? given
        : throw UserErrorException.Usage(string.Create(CultureInfo.InvariantCulture, $"--classes must be between 1 and {MaxClasses} (it is {given})."));

    // Requires complete rows: otherwise, a few bytes could claim a model of any size.
    private static int? ClassesOf(WeightsFile weights, LastLayer layer) =>
        weights.Tensors.TryGetValue(layer.Name + ".weight", out var weight)
        && weight.shape is [> 0 and <= MaxClasses and var rows, var columns]
        && columns == layer.Inputs
            ? (int)rows
            : null;

    // The side of the images whose pixels are the inputs of the model's first layer; null if no layer depends on it. Requires complete rows as well.
    private static int? SideOf(WeightsFile weights, string model) =>
        ModelRegistry.PixelLayer(model) is { } layer
        && weights.Tensors.TryGetValue(layer.Name + ".weight", out var weight)
        && weight.shape is [var rows, > 0 and var columns]
        && rows == layer.Outputs
        && (int)Math.Sqrt(columns / 3) is var side
        && 3L * side * side == columns
            ? side
            : null;

    private static string CheckOut(string path) => path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase)
        ? path
        : throw UserErrorException.Usage(
            $"--out must end in {Extension} (it is '{path}'). For a .pth file, run in Python: "
            + $"torch.save(safetensors.torch.load_file('x{Extension}'), 'x.pth').");

    private static string NewestOf(RunFolder run)
    {
        run.Load();
        return File.Exists(run.Model) ? run.Model
            : new CheckpointFolder(run.Checkpoints).Newest
                ?? throw new UserErrorException(
                    $"{run.Path} has no {Path.GetFileName(run.Model)} or checkpoint yet. Resume the run with: Cgh.Trainer resume {run.Path}");
    }

    private static void PrintNotes(WeightsFile weights)
    {
        foreach (var note in weights.Notes)
        {
            Console.WriteLine(note);
        }
    }

    private static void Print(string label, ModelInfo model, int classes, bool auxiliaryLogits)
    {
        using var built = ModelRegistry.Create(model.Name, classes, model.UsualSide, auxiliaryLogits);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{label,-16}{Count(built),15:N0}{model.UsualSide,7}{model.SmallestSideOf(auxiliaryLogits),10}"));
    }

    private static long Count(nn.Module model) => model.parameters().Sum(parameter => parameter.numel());
}
