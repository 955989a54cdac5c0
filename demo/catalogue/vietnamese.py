"""What the demo shop sells, in Vietnamese: categories by slug, products by SKU, pictures by what draws them."""

from demo.items import Words

SHELVES = {
    "coffee-tea": "Cà phê & trà",
    "home": "Nhà cửa",
    "textiles": "Đồ vải",
    "stationery": "Văn phòng phẩm",
    "stays-seats": "Chỗ nghỉ & chỗ ngồi",
    "digital-numbers": "Sản phẩm số & số điện thoại",
}


# Products with options, by slug; the names of options, and of values that are said otherwise.
GROUPS = {
    "cotton-t-shirt": Words(
        "Áo thun cotton",
        "Cotton hữu cơ dày dặn, dệt và may ở Hội An. Dáng suông giữ form; giặt ở 40 độ cùng đồ cùng màu.",
    ),
}
OPTIONS = {"Size": "Cỡ", "Colour": "Màu"}
VALUES = {"Navy": "Xanh đậm", "White": "Trắng"}

ITEMS = {
    "CT-DALAT-250": Words(
        "Cà phê Đà Lạt",
        "Arabica từ những ngọn đồi quanh Đà Lạt, trồng ở độ cao 1.500 mét và rang vừa. Vị ca cao và "
        "cam chín, pha đậm vẫn dịu. Hạt nguyên, 250 gam.",
    ),
    "CT-PHIN": Words(
        "Phin cà phê",
        "Chiếc phin thép nhỏ đặt trên miệng ly và không vội vàng. Cho ba thìa cà phê, rót nước, rồi "
        "ngồi nhìn từng giọt rơi. Pha cho một người, dùng được hàng chục năm.",
    ),
    "CT-MUG": Words(
        "Cốc đất nung",
        "Nặn bằng tay, lấm tấm bên ngoài, nhẵn mịn ở nơi chạm môi. Chứa 320 ml và giữ ấm lâu. Không "
        "có hai chiếc nào giống hệt nhau.",
    ),
    "CT-TEAPOT": Words(
        "Ấm trà men ngọc",
        "Chiếc ấm tròn phủ men xanh, đọng lại trong những cánh sen khắc chìm. Rót không rớt một giọt, "
        "vừa đủ bốn chén nhỏ. Vòi ấm có sẵn lưới lọc.",
    ),
    "CT-LOTUS": Words(
        "Trà sen",
        "Trà xanh ủ giữa những bông sen cho đến khi thấm hương. Nhẹ, ngọt và thoảng mùi va ni. Pha ở "
        "80 độ, ba lần với cùng một lượt trà.",
    ),
    "CT-KETTLE": Words(
        "Ấm cổ ngỗng",
        "Vòi thon đưa nước đến đúng nơi bạn muốn. Thép tráng men xanh thẫm, tay cầm gỗ óc chó luôn "
        "mát. Dùng được trên bếp ga và bếp từ, 900 ml.",
    ),
    "HO-LAMP": Words(
        "Đèn nấm",
        "Chụp thủy tinh trên chân đồng, làm đầy một góc phòng bằng ánh sáng ấm. Chạm để chọn ba mức "
        "sáng. Có sẵn bóng đèn và thay được.",
    ),
    "HO-VASE": Words(
        "Bình gốm gân",
        "Đất sét đỏ ép thành những đường gân mềm, bên ngoài để mộc. Bên trong kín nước, đủ vững cho "
        "cành cao. Không kèm cành bạch đàn.",
    ),
    "HO-CUSHION": Words(
        "Gối tựa kẻ sọc",
        "Vải bông dày màu mù tạt với sọc dệt và tua rua ở mỗi góc. Vỏ tháo ra được và giặt ở 40 độ. "
        "Ruột bông gạo, 50 x 50.",
    ),
    "HO-BASKET": Words(
        "Giỏ mây",
        "Đan ở đồng bằng sông Cửu Long từ mây phơi nắng. Đủ chắc để đựng củi, đủ đẹp để đựng khăn. "
        "Chịu được đến mười hai ki-lô-gam.",
    ),
    "HO-CANDLE": Words(
        "Nến hổ phách",
        "Sáp đậu nành với hổ phách, tuyết tùng và một chút khói. Cháy khoảng 45 giờ trong chiếc cốc "
        "mà bạn sẽ giữ lại. Đổ từng mẻ nhỏ.",
    ),
    "HO-CLOCK": Words(
        "Đồng hồ lặng",
        "Đồng hồ treo tường không kêu tích tắc: kim trôi êm. Viền gỗ tần bì, mặt trắng như giấy, "
        "đường kính 30 xen-ti-mét. Một viên pin chạy hai năm.",
    ),
    "ST-NOTEBOOK": Words(
        "Sổ chấm",
        "192 trang chấm mở phẳng từ trang đầu đến trang cuối. Giấy đủ dày cho bút máy, một dải đánh "
        "dấu và dây chun không giãn. Khổ A5.",
    ),
    "ST-PEN": Words(
        "Bút máy đồng thau",
        "Sơn xanh trên đồng thau đặc, nặng đúng chỗ. Ngòi cho nét mảnh, đều mực từ nét đầu tiên. Dùng "
        "ống mực hoặc mực lọ.",
    ),
    "ST-PENCILS": Words(
        "Năm bút chì màu trong cốc",
        "Ruột chì màu mềm trong gỗ tuyết tùng, và chiếc cốc sứ để cắm. Đủ màu cho một buổi hoàng hôn "
        "và một khu vườn. Đã gọt sẵn.",
    ),
    "ST-TAPE": Words(
        "Băng giấy, ba cuộn",
        "Ba khổ băng giấy gạo in hoa, xé bằng tay và bóc ra không để lại vết. Cho thư từ, nhãn và "
        "tường. Mỗi cuộn mười mét.",
    ),
    "ST-CARDS": Words(
        "Bưu thiếp từ vịnh",
        "Mười hai bức vẽ đảo đá vôi vào những giờ khác nhau trong ngày. In trên giấy bông dày, thấm "
        "mực tốt. Mỗi mẫu một tấm, kèm phong bì.",
    ),
    "ST-CALENDAR": Words(
        "Lịch để bàn",
        "Mỗi tháng một trang, đủ rộng để ghi, đủ nhỏ cho mọi chiếc bàn. Tuần bắt đầu từ thứ Hai, và "
        "ngày lễ của cả hai nước của bạn có trên nhãn dán. Tự đứng được.",
    ),
    "SS-GARDEN": Words(
        "Phòng nhìn ra vườn, một đêm",
        "Căn phòng yên tĩnh ở tầng trệt, có cửa riêng ra vườn. Bữa sáng dọn dưới gốc xoài đến mười "
        "giờ. Bạn biết số phòng ngay khi thanh toán xong.",
    ),
    "SS-RIVER": Words(
        "Phòng hạng sang bên sông, một đêm",
        "Hai phòng dưới mái, ánh đèn dòng sông suốt đêm. Bồn tắm bên cửa sổ, và dĩ nhiên được trả "
        "phòng muộn. Chỉ có hai phòng như vậy.",
    ),
    "SS-CONCERT": Words(
        "Ghế hòa nhạc, thứ Bảy",
        "Dàn nhạc thành phố chơi một đêm nhạc phim. Tất cả là ghế tầng dưới, được chọn cho bạn gần "
        "giữa nhất có thể. Mở cửa lúc bảy giờ.",
    ),
    "SS-CINEMA": Words(
        "Rạp phim ngoài trời, một ghế xếp",
        "Một chiếc ghế xếp trên đồi, một tấm chăn, và phim chiếu khi trời tối. Mang theo món bạn "
        "thích ăn. Nếu mưa, vé dùng cho đêm khác.",
    ),
    "SS-TRAIN": Words(
        "Giường nằm tàu hỏa, Hà Nội đi Đà Nẵng",
        "Giường dưới trong khoang bốn người, chăn ga sạch và có cửa sổ. Tàu chạy buổi tối và đến biển "
        "lúc sáng. Có trà miễn phí.",
    ),
    "DI-VAULT": Words(
        "Két mật khẩu, khóa bản quyền",
        "Một khóa cho năm thiết bị, dùng mãi mãi. Mọi thứ được mã hóa trước khi rời tay bạn. Khóa "
        "hiện trong đơn hàng ngay khi thanh toán.",
    ),
    "DI-PHOTO": Words(
        "Trình sửa ảnh, khóa bản quyền",
        "Ánh sáng, màu sắc và cắt cúp, không cần thuê bao. Mở được tệp thô của mọi máy ảnh thông "
        "dụng. Cập nhật miễn phí trong ba năm.",
    ),
    "DI-WRITER": Words(
        "Bàn viết, khóa bản quyền",
        "Một màn hình có chữ của bạn và không gì khác. Giữ lại mọi phiên bản và xuất ra tất cả những "
        "gì nhà xuất bản có thể cần. Một khóa, hai máy tính.",
    ),
    "DI-PHONE-HN": Words(
        "Số điện thoại Hà Nội",
        "Số cố định ở Hà Nội đổ chuông dù bạn ở đâu. Cuộc gọi đến trong ứng dụng, tin nhắn đến qua "
        "thư. Trả một lần mỗi năm.",
    ),
    "DI-SIM": Words(
        "Số di động trên eSIM",
        "Số di động Việt Nam mà bạn quét vào điện thoại. Có sẵn mười gigabyte. Không cửa hàng, không "
        "xếp hàng, không nhựa.",
    ),
    "DI-GIFT": Words(
        "Thẻ quà tặng, 25 đô la",
        "Mã trị giá 25 trong cửa hàng này, cho người đã có mọi thứ. Không bao giờ hết hạn và có thể "
        "tiêu từng phần. Kèm tấm thiệp để bạn tự in.",
    ),
}

PICTURES = {
    "shirt_navy": "Chiếc áo thun xanh đậm trải phẳng",
    "shirt_white": "Chiếc áo thun trắng trải phẳng",
    "coffee_bag": "Túi cà phê xanh với hình ngọn núi trên nhãn, bên cạnh là hạt cà phê",
    "coffee_beans": "Hạt cà phê rang trên muỗng gỗ",
    "phin_filter": "Phin thép nhỏ cà phê xuống sữa đặc trong ly",
    "mug": "Cốc đất nung lấm tấm đựng cà phê nóng",
    "teapot": "Ấm trà men ngọc xanh có hình sen",
    "tea_tin": "Hộp trà hồng với hình sen trên nhãn",
    "kettle": "Ấm xanh thẫm với vòi dài thon và tay cầm gỗ",
    "lamp": "Đèn bàn hình cây nấm đang sáng",
    "vase": "Bình đất nung có gân cắm cành bạch đàn",
    "cushion": "Gối tựa màu mù tạt với sọc trắng, đỏ và tua rua",
    "basket": "Giỏ mây đan đựng khăn trắng",
    "candle": "Nến đang cháy trong cốc có nhãn sẫm màu",
    "clock": "Đồng hồ treo tường tròn viền gỗ",
    "notebook": "Sổ tím với dây chun cam",
    "open_notebook": "Cuốn sổ mở, có hình phác và ghi chép trên trang chấm",
    "pen": "Bút máy xanh và vàng đồng vừa vẽ xong một nét",
    "pencils": "Năm bút chì màu trong cốc trắng có vạch cam",
    "tape": "Ba cuộn băng giấy chấm hồng, xanh và vàng",
    "postcards": "Bưu thiếp có đảo đá vôi và cánh buồm đỏ lúc hoàng hôn",
    "calendar": "Lịch để bàn với một ngày được đánh dấu",
    "garden_room": "Căn phòng sáng có giường và cửa sổ vòm nhìn ra vườn",
    "garden_view": "Hiên vườn có bàn, ghế và đèn lồng giấy",
    "river_suite": "Phòng ngủ dịu ánh đèn, cửa sổ nhìn ra sông về đêm",
    "concert_seat": "Ghế nhung đỏ dưới ánh đèn sân khấu nhiều màu",
    "deckchair": "Ghế xếp kẻ sọc trên đồi trước màn ảnh lúc chạng vạng",
    "sleeper_train": "Đoàn tàu xanh chạy ngang núi lúc hoàng hôn",
    "licence_key": "Chìa khóa vàng trên nền tím",
    "photo_editor": "Cửa sổ sửa ảnh với bức ảnh và các thanh trượt",
    "writing_app": "Máy tính xách tay với một trang chữ và cây bút lông đỏ",
    "phone": "Điện thoại với số và bàn phím trên màn hình",
    "sim_card": "Thẻ SIM với con chip vàng",
    "gift_card": "Thẻ quà tặng hồng thắt nơ vàng",
}
