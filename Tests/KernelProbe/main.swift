internal import SluicePlan
print("later")
